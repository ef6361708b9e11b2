"""Commands of the pages, run as they stand there: on a board, by a device, beside an emulator, and
alone. test_readme.py runs those that create jobs. test_every_command.py sees that none is left.
"""

import base64
import itertools
import json
import re
import shutil
import signal
import urllib.request

import documentation
import environment
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from deploy_tool import put
from desk import Desk, checked, runs
from iotjobs_emulator import provision
from package_index import PackageIndex
from repl_board import ReplBoard

INTERRUPTED = 130
PAGES = [path.read_text() for path in documentation.pages()]
TOOLS = documentation.text("tools/README.md")
JOBS = documentation.text("tools/jobs_cli/README.md")
EMULATOR = documentation.text("tools/iotjobs_emulator/README.md")
PROGRAM = documentation.block(documentation.text("boards/README.md"), "cp -r boards/starter")


def every(beginning):
    """All commands that begin so, each once, of all pages."""
    found = itertools.chain.from_iterable(
        [*documentation.commands(page), *documentation.mentioned(page)] for page in PAGES
    )
    return [line for line in dict.fromkeys(found) if re.match(rf"{beginning}(?: |$)", line)]


def story(page, beginning):
    """The commands of a session, each with what it prints."""
    return documentation.session(documentation.block(page, f"$ {beginning}"))


def without_figures(text):
    """What is another at each run is 0: times, ports, and the name of a temporary folder."""
    return re.sub(r"\d+(?:[.,]\d+)*", "0", re.sub(r"iotjobs-\w+", "iotjobs-0", text))


@pytest.fixture
def desk(request, tmp_path, tool_server):
    yield from checked(Desk(tmp_path, tool_server), request)


@pytest.fixture
def desk_beside(request, tmp_path, tool_server, emulator):
    """A desk with an emulator."""
    yield from checked(Desk(tmp_path, tool_server, emulator=emulator), request)


@pytest.fixture
def repl_board(tmp_path):
    with ReplBoard(tmp_path / "flash") as board:
        yield board


@pytest.fixture
def start(processes):
    """Begin a command that does not end by itself, on a desk."""

    def begin(desk, *arguments):
        processes.append(desk.start(*arguments))
        return processes[-1]

    return begin


# Onto a board.

((DEPLOYED, DEPLOYED_SAID),) = story(TOOLS, "tools/deploy")
DEPLOYS = [line for line in every("tools/deploy") if line != DEPLOYED]
CREDENTIALS = """
openssl ecparam -name prime256v1 -genkey -noout -out key.pem
openssl req -x509 -key key.pem -subj /CN=MyThing -out device.pem
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj /CN=CA -out ca.pem
cp ca.pem AmazonRootCA1.pem
cp ca.pem isrgrootx1.pem
mkdir -p things/MyThing
openssl x509 -in device.pem -outform DER -out things/MyThing/device.der
openssl ec -in key.pem -outform DER -out things/MyThing/key.der
openssl x509 -in ca.pem -outform DER -out things/MyThing/ca.der
echo '{"certificateArn": "arn", "done": {}}' > things/MyThing/provisioned.json
echo '{"thing": "MyThing", "endpoint": "localhost"}' > things/MyThing/settings.json
"""


# What the program imports first. A port that is opened throws away what has come already, so this
# says for some seconds that it is there.
NO_NETWORK = b"""
import time
for _ in range(80):
    print('looking for a network')
    time.sleep_ms(50)
"""


def at(board):
    """What replaces the port, or the only board that is plugged in."""
    return {
        "--port socket://127.0.0.1:42353": "",
        "tools/deploy": f"tools/deploy --port {board.port}",
        "mpremote mip": f"mpremote connect {board.port} mip",
        "mpremote rm": f"mpremote connect {board.port} rm",
    }


@runs(PROGRAM, *DEPLOYS)
def test_deploys_onto_one_board(desk, repl_board, start):
    desk.shell(CREDENTIALS + PROGRAM)
    followed = [line for line in DEPLOYS if "--monitor" in line]
    assert followed
    for line in sorted(DEPLOYS, key=len):
        if line not in followed:
            desk.shell(line, at(repl_board))
    put(repl_board, {"/network.py": NO_NETWORK})
    for line in sorted(followed, key=len):
        tool = start(desk, line, at(repl_board))
        tool.wait_for("^looking for a network$")
        tool.signal(signal.SIGINT)
        assert tool.wait() == 0, tool.lines
    files = repl_board.files()
    for name in ("device.der", "key.der", "ca.der"):
        assert f"/{name}" in files
    for name in ("main.py", "settings.json", "app/a/application.py", "update.der"):
        assert files[f"/{name}"] == (desk.folder / "board" / name).read_bytes()


@runs(DEPLOYED)
def test_a_deploy_says_what_the_page_shows(desk, repl_board):
    desk.shell(CREDENTIALS)
    (desk.folder / "board").mkdir()
    (desk.folder / "board" / "main.py").write_text("import iotjobs\n")
    said = without_figures(desk.shell(DEPLOYED, at(repl_board)))
    shown = []
    for line in DEPLOYED_SAID.splitlines(keepends=True):
        if "cannot be used with this firmware" not in line:  # this one has sockets
            shown.append(re.escape(without_figures(line)))
    pattern = "".join(shown).replace(re.escape("  …\n"), "(?:.*\n)+")
    for only_there in ("Raspberry Pi Pico with RP2040", "armv6m"):
        pattern = pattern.replace(re.escape(without_figures(only_there)), ".*")
    assert re.fullmatch(pattern, said), said


PROVISIONS = every("tools/provision")


@runs(*PROVISIONS)
def test_devices_are_made_as_the_pages_say(desk_beside):
    desk = desk_beside
    (desk.folder / "lamps.csv").write_text("lamp-1\nlamp-2\n")
    shutil.copy(desk.emulator.folder / "ca.pem", desk.folder)
    here = {"tools/provision": "tools/provision --ca ca.pem"}
    no_board = {" --wait 10": "", " --wait 30": ""}
    for line in sorted(PROVISIONS, key=lambda line: "--rotate" in line):
        desk.shell(line, here | no_board)
    things = {path.name for path in (desk.folder / "things").iterdir()}
    assert things == {"MyThing", "lamp-1", "lamp-2"}


PACKAGES = [line for line in every("tools/package") if "--help" not in line]
UMQTT = (environment.UMQTT / "umqtt" / "simple.py").read_text()
MIP, REMOVED = every("mpremote mip"), every("mpremote rm")
# For mpremote, which looks every 10 ms whether a board has answered, by many small packets: this
# one has done so at once, but TCP holds such packets back.
HURRY = """
import socket, time
sleep, connect = time.sleep, socket.create_connection
def connect_at_once(*rest, **named):
    connection = connect(*rest, **named)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
time.sleep, socket.create_connection = lambda seconds: sleep(seconds / 20), connect_at_once
"""


@runs(*PACKAGES, *MIP, *REMOVED)
def test_mip_installs_what_is_packed_and_what_is_source(desk, repl_board, index):
    (desk.folder / "hurry").mkdir()
    (desk.folder / "hurry" / "sitecustomize.py").write_text(HURRY)
    for line in PACKAGES:
        desk.shell(line, {"tools/package": "tools/package --out build/mip"})
    assert {"build/" in line for line in MIP} == {True, False}
    for line in MIP:
        here = {**at(repl_board), "install ": f"install --index {index.url} "}
        desk.shell(line, here, PYTHONPATH="hurry")
        files = repl_board.files()
        assert files.pop("/lib/umqtt/simple.py") == UMQTT.encode()
        compiled = "build/" in line
        folder = desk.folder / ("build/mip/armv6m" if compiled else "lib")
        assert files == {
            f"/lib/{path.relative_to(folder)}": path.read_bytes()
            for path in folder.rglob("*.mpy" if compiled else "*.py")
        }
        for removed in REMOVED:  # before the other kind comes, as the page says
            desk.shell(removed, at(repl_board), PYTHONPATH="hurry")
        assert set(repl_board.files()) == {"/lib/umqtt/simple.py"}


@pytest.fixture
def index():
    served = PackageIndex()
    served.add("umqtt.simple", "1.6.0", {"umqtt/simple.py": UMQTT})
    yield served
    served.close()


# As a device, and beside an emulator.

PEM = documentation.block(JOBS, "export IOTJOBS_").strip()
SESSION = story(JOBS, "tools/jobs start-next")
((WATCH, WATCHED),) = story(JOBS, "tools/jobs watch")
(PENDING,) = every("tools/jobs get-pending-job-executions")
DOCUMENT = '{"operation": "blink", "times": 3}'


def with_certificate(desk):
    """Make the thing, and what PEM names."""
    iot, folder = desk.emulator.iot, desk.folder
    thing = iot.create_thing(thingName="MyThing")["thingArn"]
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_thing_principal(thingName="MyThing", principal=made["certificateArn"])
    provision.permit(iot, thing, made["certificateArn"], clients=["MyThing-watch"])
    (folder / "device.pem").write_text(made["certificatePem"])
    (folder / "key.pem").write_text(made["keyPair"]["PrivateKey"])
    shutil.copy(desk.emulator.folder / "ca.pem", folder)


@runs(PEM, PENDING, *[line for line, _ in SESSION])
def test_a_session_of_jobs(desk_beside):
    desk = desk_beside
    with_certificate(desk)
    desk.emulator.create_job("j1", DOCUMENT)
    here = {"localhost": f"localhost:{desk.emulator.https}"}
    pending = json.loads(desk.shell(f"{PEM}\n{PENDING}", here))
    assert [job["jobId"] for job in pending["queuedJobs"]] == ["j1"]
    for line, shown in SESSION:
        said = desk.shell(f"set +ex\nexec 2>&1\n{PEM}\n{line}", here)
        assert without_times(said) == without_times(shown)


def without_times(text):
    return re.sub(r"\d{10}", "0", text)


@runs(PEM, WATCH)
def test_what_is_watched(desk_beside, start):
    desk, emulator = desk_beside, desk_beside.emulator
    with_certificate(desk)
    desk.emulator.create_job("j1", DOCUMENT)
    tool = start(desk, f"{PEM}\n{WATCH}", {"localhost": f"localhost:{emulator.mqtts}"})
    tool.wait_for('"pending"')
    emulator.iot.cancel_job(jobId="j1", force=True)
    tool.wait_for('"notify-next"')
    desk.emulator.create_job("j2", '{"operation":"reboot"}')
    tool.wait_for('"notify-next".*"j2"')
    emulator.kill(signal.SIGINT)
    tool.wait_for("ECONNREFUSED")
    tool.signal(signal.SIGINT)
    assert tool.wait() == INTERRUPTED
    shown = without_figures(WATCHED).splitlines()
    assert [without_figures(line) for line in tool.lines[: len(shown)]] == shown


EMULATORS = [line for line in every("tools/emulator") if not re.search("--(help|trace)", line)]
(TRACE,) = every("tools/emulator --trace")
PORTS = ("mqtt", "mqtts", "control", "data", "https", "files", "files-https")
ANY_PORTS = " ".join(f"--{name}-port 0" for name in PORTS)
BANNER = documentation.block(EMULATOR, "iotjobs emulator")


@runs(*EMULATORS)
def test_emulators_begin_as_the_page_shows(desk, start):
    (desk.folder / "files").mkdir()
    for line in EMULATORS:
        tool = start(desk, line, {"tools/emulator": f"tools/emulator {ANY_PORTS}"})
        tool.wait_for("  state ")
        url = tool.wait_for(r"control plane  (http://\S+)")[1]
        with urllib.request.urlopen(f"{url}/_emulator/faults") as answer:
            assert bool(json.load(answer)["faults"]) == ("--fault " in line)
        with urllib.request.urlopen(f"{url}/_emulator/quotas") as answer:
            assert bool(json.load(answer)["quotas"]) == ("--quota " in line)
        assert any("  S3  " in shown for shown in tool.lines) == ("--files " in line)
        tool.signal(signal.SIGINT)
        assert tool.wait() == 0
        assert any("  quotas  " in shown for shown in tool.lines) == ("--quota " in line)
        if line == "tools/emulator":
            assert without_figures("\n".join(tool.lines)) == without_figures(BANNER).rstrip()
    assert (desk.folder / "bench.db").exists()
    assert (desk.folder / "ca.pem").exists()


@runs(TRACE)
def test_the_trace_of_an_emulator_that_runs(desk_beside, start):
    tool = start(desk_beside, TRACE)
    desk_beside.emulator.iot.create_thing(thingName="lamp")
    tool.wait_for("POST /things/lamp")
    tool.signal(signal.SIGINT)
    assert tool.wait() == 0


# On a board that is none.

README = documentation.text("README.md")
(RUN,) = every("tools/run blink.py --job")
(STARTER,) = every("tools/run boards/starter")


@runs(RUN)
def test_the_first_job_runs_as_the_page_shows(desk):
    (program,) = (text for text in documentation.blocks(README, "python") if "led = Pin" in text)
    (desk.folder / "blink.py").write_text(program)
    lines = iter(desk.shell(RUN).splitlines())
    shown = documentation.block(README, "state CONNECTING\n").splitlines()
    assert [line for line in shown if line != "  …" and line not in lines] == []


@runs(STARTER)
def test_the_complete_program_runs_where_no_board_is(desk, start):
    tool = start(desk, STARTER)
    tool.wait_for("^run:   AWS_.* aws iot create-job ")
    tool.wait_for("^state IDLE$")
    tool.signal(signal.SIGINT)
    assert tool.wait() == 0


# Alone.

ENDS = ("--help", "--list", "--check")
AT_ONCE = [line for line in every(r"tools/\w+") if line.endswith(ENDS)]
STORMS = every(r"tools/storm (?:--handlers |--quota \S+ )?--seed \d+ --trace")
(PIPED,) = every(r"tools/demo --trace \|")
(SIGNED,) = every("openssl dgst")


@pytest.mark.parametrize("line", AT_ONCE)
@runs(*AT_ONCE)
def test_what_ends_at_once(desk, line):
    assert desk.shell(line) or line.endswith("--check")


@pytest.mark.parametrize("line", STORMS)
@runs(*STORMS)
def test_storms(desk, line):
    assert desk.shell(line).splitlines()[-1].startswith("all is well: 1 schedules")


@runs(PIPED)
def test_the_beginning_of_a_trace(desk):
    lines = desk.shell(PIPED).splitlines()
    assert len(lines) == 60
    assert any("CONNACK" in line for line in lines)


@runs(SIGNED)
def test_openssl_signs_as_the_page_says(desk):
    """What tools/pack signs is the same (tools/test_pack.py)."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    clear = serialization.NoEncryption()
    (desk.folder / "update.pem").write_bytes(key.private_bytes(pem, form, clear))
    said = desk.shell(SIGNED, stdin="iotjobs update 1\n")
    hashed = ec.ECDSA(hashes.SHA256())
    key.public_key().verify(base64.b64decode(said), b"iotjobs update 1\n", hashed)
