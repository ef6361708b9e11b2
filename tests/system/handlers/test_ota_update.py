"""OTA updates by `tools/pack --ota` and `aws iot create-ota-update`, to their ends: of a real
application, in processes that end and start again, over the device's own connection.
"""

import json
import shlex
from types import SimpleNamespace

import environment
import pytest
from forked_tools import run
from processes import PROGRAMS, EmulatorProcess, Process
from restarted import Board
from waiting import until

BUCKET = "firmware"
ROLE = "arn:aws:iam::123456789012:role/files"
DAY_S = 86_400
GOOD = "import ota_device\nota_device.main(VERSION)\n"
# The first file of an archive has come by then, and the last has not.
HALF = {"action": "drop", "direction": "in", "operation": "GetStream", "nth": "5-"}


class World:
    """The service with its S3, and a board whose application is of some version already."""

    def __init__(self, folder, interpreter, aws_server):
        self.folder = folder
        self.bucket = folder / "s3" / BUCKET
        self.bucket.mkdir(parents=True)
        (folder / "service").mkdir()
        ports = ("--files-port", "0", "--files-https-port", "0")
        files = ("--files", self.bucket.parent)
        self.emulator = EmulatorProcess(folder / "service", *files, *ports)
        self.aws_server = aws_server
        device = self.emulator.device_folder("MyThing")
        self.key = folder / "signer.pem"
        assert run("pack", "--new-key", self.key).returncode == 0
        self.root = folder / "app"
        write(self.root / "a", "1.0.0", GOOD)
        options = {
            "root": self.root,
            "folder": device,
            "port": self.emulator.mqtts,
            "key": self.key.with_suffix(".der"),
            "confirm_ms": 60_000,
        }
        self.command = [interpreter, PROGRAMS / "update_main.py"]
        self.command += [f"{name}={value}" for name, value in options.items()]
        self.board = Board(self.start)
        self.board.start()
        self.last = 0

    def start(self):
        return Process(self.command, env=environment.micropython_path(PROGRAMS))

    def close(self):
        self.board.stop()
        self.emulator.stop()

    @property
    def runs(self):
        """The version that runs; it waits until one does."""
        until(lambda: self.board.lives and "runs" in " ".join(self.board.lives[-1].lines))
        return self.board.ran()[-1]

    def pack(self, code=GOOD, change=lambda content: content):
        """Pack the next version and put it into S3, changed after it was signed."""
        self.last += 1
        version = f"1.{self.last}.0"
        app, made = self.folder / version, self.folder / f"ota-{version}"
        write(app, version, code)
        place = f"s3://{BUCKET}/app-{version}.tar"
        options = ("--version", version, "--sign", self.key, "--output", made)
        done = run("pack", app, "--ota", place, *options)
        assert done.returncode == 0, done.stderr
        _, create = done.stdout.splitlines()
        content = (made / f"app-{version}.tar").read_bytes()
        (self.bucket / f"app-{version}.tar").write_bytes(change(content))
        return SimpleNamespace(version=version, create=create, folder=made, before=self.runs)

    def create(self, packed):
        """Create the update by the line that tools/pack has printed; the job's id."""
        line = packed.create.replace("$TARGET", self.emulator.arn("MyThing"))
        _, *arguments = shlex.split(line.replace("$ROLE", ROLE))
        self.aws(*arguments)
        self.emulator.steer("clock", {"advance": 2})
        return f"AFR_OTA-app-{packed.version.replace('.', '-')}"

    def aws(self, *arguments):
        variables = {
            "HOME": str(self.folder),
            "AWS_ACCESS_KEY_ID": "emulator",
            "AWS_SECRET_ACCESS_KEY": "emulator",
            "AWS_DEFAULT_REGION": "eu-west-1",
        }
        head = ["--endpoint-url", self.emulator.control_url, "--output", "json"]
        done = self.aws_server.run([*head, *arguments], variables, self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ends(self, job_id, status):
        return self.emulator.wait_for_status(job_id, status)

    def update(self, **how):
        """Create the next update, of which nothing comes after its first half; its job's id."""
        packed = self.pack(**how)
        self.emulator.fault(**HALF)
        job_id = self.create(packed)
        until(lambda: self.emulator.steer("faults")["faults"][0]["acted"])
        return packed, job_id


def write(folder, version, code):
    folder.mkdir(parents=True)
    (folder / "application.py").write_text(f"import part\nVERSION = part.VERSION\n{code}")
    (folder / "part.py").write_text(f"VERSION = {version!r}\n")
    (folder / "lib").mkdir()
    (folder / "lib" / "data.txt").write_text(f"{version}\n" * 700)


@pytest.fixture(scope="module")
def board(tmp_path_factory, interpreter, aws_server):
    world = World(tmp_path_factory.mktemp("ota"), interpreter, aws_server)
    yield world
    world.close()


@pytest.fixture
def world(board):
    yield board
    board.emulator.clear_faults()


def succeeded(world, packed, job_id):
    details = world.ends(job_id, "SUCCEEDED")
    before, now = f" v{packed.before}", f"accepted v{packed.version}"
    assert details == {"reason": now, "updatedBy": before}
    assert world.runs == packed.version


def test_a_good_update_ends_as_succeeded_and_the_new_application_has_said_so(world):
    packed = world.pack()
    succeeded(world, packed, world.create(packed))
    assert world.board.ran()[-2:] == [packed.before, packed.version]


def test_what_was_changed_after_it_was_signed_never_runs(world):
    packed = world.pack(change=lambda content: content.replace(b"import part", b"import tarp"))
    starts = len(world.board.lives)
    details = world.ends(world.create(packed), "FAILED")
    assert details["reason"] == "rejected: the signature is wrong"
    assert (world.runs, len(world.board.lives)) == (packed.before, starts)


def test_a_bad_application_is_rolled_back_and_the_job_says_why(world):
    packed = world.pack("1 // 0\n")
    details = world.ends(world.create(packed), "FAILED")
    why = "ZeroDivisionError: divide by zero (application.py, line 3)"
    assert details["reason"].endswith(why)
    assert details["reason"].startswith("rolled back to ")
    assert details["self_test"] == "rejected"
    assert world.runs == packed.before


def test_canceled_at_half_nothing_changes_and_the_next_one_is_taken(world):
    packed, job_id = world.update()
    assert world.emulator.execution(job_id)[1]["receive"]
    world.aws("iot", "cancel-job", "--job-id", job_id, "--force")
    world.board.lives[-1].wait_for("^end (CANCELED|TerminalStateReached)$")
    world.emulator.clear_faults()
    assert world.runs == packed.before
    after = world.pack()
    succeeded(world, after, world.create(after))


def test_a_stream_that_is_updated_at_half_fails_what_was_signed_before(world):
    packed, job_id = world.update()
    document = json.loads(world.aws("iot", "get-job-document", "--job-id", job_id))["document"]
    stream = json.loads(document)["afr_ota"]["streamname"]
    key = f"app-{packed.version}.tar"
    content = (world.bucket / key).read_bytes()
    (world.bucket / f"new-{key}").write_bytes(content[:-3000] + b"#" * 10 + content[-2990:])
    place = f"fileId=0,s3Location={{bucket={BUCKET},key=new-{key}}}"
    world.aws("iot", "update-stream", "--stream-id", stream, "--files", place)
    world.emulator.clear_faults()
    details = world.ends(job_id, "FAILED")
    assert details["reason"].startswith("rejected: the signature is wrong"), details
    assert world.runs == packed.before


def test_a_board_that_is_off_for_a_day_at_half_goes_on_where_it_was(world):
    packed, job_id = world.update()
    world.board.power_off()
    world.emulator.steer("clock", {"advance": DAY_S})
    world.emulator.clear_faults()
    there = written(world)
    assert len(there) == 2
    world.board.power_on()
    succeeded(world, packed, job_id)
    assert written(world) == there


def written(world):
    """When the first file of each slot was."""
    return {str(path): path.stat().st_mtime_ns for path in world.root.glob("*/application.py")}
