"""From a list of names to a job's end: tools/provision, a board that runs, and `aws`; and
tools/deploy with what was made.
"""

import json
import re

import environment
import pytest
from deploy_tool import SMALL, At, failed, succeeded
from deploy_tool import board as board
from forked_tools import run

NAMES = [f"lamp-{number}" for number in range(10)]
PROGRAM = environment.ROOT / "boards" / "starter" / "tests" / "blink.py"
BLINK = '{"operation": "blink", "times": 2}'


@pytest.fixture
def provision(start_emulator, tmp_path, monkeypatch):
    """tools/provision with these arguments, at an emulator, in a folder of its own."""
    emulator = start_emulator()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.chdir(tmp_path)

    def provision(*arguments):
        service = ("--endpoint-url", emulator.control_url, "--ca", emulator.folder / "ca.pem")
        return run("provision", *arguments, *service, "--rate", "100")

    provision.emulator = emulator
    return provision


def test_ten_boards_of_a_list_and_a_job_for_one_of_them(provision, tmp_path):
    rows = [f"{name},{room}" for name, room in zip(NAMES, "abcdefghij", strict=True)]
    (tmp_path / "lamps.csv").write_text("\n".join(["thing,attribute:room", *rows]))
    done = provision("--list", "lamps.csv")
    assert (done.returncode, done.stderr.count(": made\n")) == (0, 10), done.stderr
    first, *more = done.stdout.splitlines()
    assert re.fullmatch(r"provision: 10 devices: 10 made, in \d+\.\d s", first)
    assert more[-1] == "provision: next: tools/deploy --app board --thing lamp-0 --reset --monitor"
    again = provision("--list", "lamps.csv")
    assert again.stdout.startswith("provision: 10 devices: 10 there already, in "), again.stdout

    url = ("--service", provision.emulator.control_url)
    own = ("--thing", "lamp-7", "--things", "things")
    program = tmp_path / "blink.py"
    program.write_text(PROGRAM.read_text().replace("MyThing", "lamp-7"))
    done = run("run", program, *url, *own, "--job", BLINK)
    assert done.stdout.splitlines()[-1].endswith("SUCCEEDED   blinks: 2"), done.stdout
    done = run("run", program, *url, "--thing", "shade", "--things", "things")
    assert done.returncode == 2
    url = provision.emulator.control_url
    assert f"`tools/provision shade --endpoint-url {url}` makes it" in done.stderr

    done = provision("--list", "lamps.csv", "--remove")
    assert done.returncode == 0, done.stderr
    deleted, summary = done.stdout.splitlines()
    assert deleted.startswith("provision: the policy iotjobs-device is deleted too")
    assert summary.startswith("provision: 10 devices: 10 taken back, in ")
    assert list((tmp_path / "things").iterdir()) == []
    assert provision("lamp-1", "--remove").stdout.startswith("provision: 1 devices: 1 not known")


def test_deploy_takes_the_folder(provision, tmp_path, board):
    assert provision("lamp-1").returncode == 0
    app = tmp_path / "app"
    app.mkdir()
    (app / "settings.json").write_text('{"ssid": "Home", "thing": "MyThing"}')
    said = succeeded(board, *SMALL, "--app", app, "--thing", "lamp-1")
    assert 'cert="/device.der", key="/key.der", ca="/ca.der"' in said
    files = board.files()
    for name in ("device.der", "key.der", "ca.der"):
        assert files[f"/{name}"] == (tmp_path / "things" / "lamp-1" / name).read_bytes()
    wanted = {"ssid": "Home", "thing": "lamp-1", "endpoint": "localhost"}
    assert json.loads(files["/settings.json"]) == wanted

    # A board that was rotated has a key of its own.
    record = tmp_path / "things" / "lamp-1" / "provisioned.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "key": "board"}))
    (tmp_path / "things" / "lamp-1" / "key.der").unlink()
    succeeded(board, *SMALL, "--app", app, "--thing", "lamp-1")
    assert {name: board.files()[name] for name in files} == files

    nobody = At("socket://127.0.0.1:1")
    error = failed(nobody, "--thing", "lamp-2")
    assert "lamp-2 has no device that is made: `tools/provision lamp-2` makes it" in error
    error = failed(nobody, "--thing", "lamp-2", "--things", "lamps of mine")
    assert "`tools/provision lamp-2 --to 'lamps of mine'` makes it" in error
    record.write_text('{"asked": 1}')
    assert "is made in part only: run" in failed(nobody, "--thing", "lamp-1")


def test_without_settings_of_the_application_those_of_the_board_are_changed(
    provision, tmp_path, board
):
    assert provision("lamp-1").returncode == 0
    succeeded(board, *SMALL, "--set", "ssid=Home")
    succeeded(board, *SMALL, "--thing", "lamp-1", "--set", "thing=lamp-9")
    wanted = {"ssid": "Home", "thing": "lamp-9", "endpoint": "localhost"}
    assert json.loads(board.files()["/settings.json"]) == wanted


def test_what_the_options_cannot_be(provision):
    for arguments, said in (
        ((), "no device is named"),
        (("lamp", "--rate", "0"), "0 is not 0.1 to 1,000 a second"),
        (("lamp 1",), "'lamp 1' is no name for a thing"),
    ):
        done = provision(*arguments)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
