"""Packages from a real index over TLS, between real processes that are killed; and beside what
the interpreter's own mip does with the same index.
"""

import json
import random
import subprocess
import time

import pytest
from iotjobs_emulator import provision
from iotjobs_emulator.authority import Authority
from iotjobs_emulator.database import Database
from package_index import PackageIndex, tree

KILLS = 15
LAMP = {
    "lamp/__init__.py": "from .colour import red\nVALUE = 'lamp ' + red\n",
    "lamp/colour.py": "red = 'red'\n" + "".join(f"C{i} = {i}\n" for i in range(2000)),
}
OTHER = {"lamp/__init__.py": "import tiny\nVALUE = 'lamp ' + tiny.NAME\n"}


@pytest.fixture(scope="module")
def authority():
    database = Database()
    yield Authority(database)
    database.close()


class Bench:
    """The emulator, a device, and an index whose certificate is of an authority of its own."""

    def __init__(self, emulator, interpreter, start_device, authority, folder):
        self.emulator = emulator
        self.interpreter = interpreter
        self.start_device = start_device
        self.folder = emulator.device_folder("MyThing")
        self.target = folder / "lib"
        (folder / "web").mkdir()
        authority.write_ca(folder / "web")
        self.ca = folder / "web" / provision.CA
        context = authority.server_context()
        context.verify_mode = 0  # whoever asks gets it
        self.index = PackageIndex(context)
        self.plain = PackageIndex()
        self.plain.pages = self.index.pages
        self.files = {
            "lamp 1": self.index.add("lamp", "1.0", LAMP),
            "tiny": self.index.add("tiny", "0.1", {"tiny.py": "NAME = 'tiny'\n"}),
        }

    def start(self, **settings):
        options = {
            "folder": self.folder,
            "port": self.emulator.mqtts,
            "target": self.target,
            "index": self.index.url,
            "ca": self.ca,
            **settings,
        }
        self.device = self.start_device("packages_device.py", **options)
        return self.device

    def create(self, job_id, operation, packages):
        document = {"operation": operation, "packages": packages}
        arn = self.emulator.iot.describe_thing(thingName="MyThing")["thingArn"]
        self.emulator.iot.create_job(jobId=job_id, targets=[arn], document=json.dumps(document))

    def run(self, code):
        """What MicroPython prints, with `target` as its only folder of packages."""
        variables = {"MICROPYPATH": f"{self.target}:.frozen"}
        done = subprocess.run(
            [self.interpreter, "-c", code], env=variables, capture_output=True, timeout=60
        )
        return (done.stdout + done.stderr).decode()

    def mip(self, index, name, target):
        """Let the frozen mip install."""
        return self.run(
            f"import mip; mip.install({name!r}, index={index.url!r}, target={target!r})"
        )


@pytest.fixture
def bench(emulator, interpreter, start_device, authority, tmp_path):
    bench = Bench(emulator, interpreter, start_device, authority, tmp_path)
    yield bench
    bench.index.close()
    bench.plain.close()


@pytest.mark.parametrize("offline", [0, 1])
def test_packages_are_installed_used_updated_and_removed(bench, offline):
    bench.start(offline=offline)
    bench.create("j1", "install", "lamp")
    done = bench.emulator.wait_for_status("j1", "SUCCEEDED")
    assert done == {"installed": "lamp 1.0", "files": "2"}
    assert tree(bench.target) == bench.files["lamp 1"]
    assert bench.run("import lamp; print(lamp.VALUE)") == "lamp red\n"
    second = bench.index.add("lamp", "2.0", OTHER, [["tiny", "latest"]])
    bench.create("j2", "install", ["lamp"])
    done = bench.emulator.wait_for_status("j2", "SUCCEEDED")
    assert done == {"installed": "lamp 2.0, tiny 0.1", "files": "2"}
    assert tree(bench.target) == {**second, **bench.files["tiny"]}
    assert bench.run("import lamp; print(lamp.VALUE)") == "lamp tiny\n"
    bench.create("j3", "remove", "lamp")
    done = bench.emulator.wait_for_status("j3", "SUCCEEDED")
    assert done == {"removed": "lamp 2.0, tiny 0.1"}
    assert tree(bench.target) == {}


def test_a_server_of_another_authority_is_refused(bench):
    bench.start(ca=bench.folder / provision.CA)
    bench.create("j1", "install", "lamp")
    details = bench.emulator.wait_for_status("j1", "FAILED")
    assert "not correctly signed by the trusted CA" in details["reason"]
    assert (bench.index.requests, bench.target.exists()) == ([], False)


def test_an_index_that_is_not_there_is_told(bench):
    bench.index.close()
    bench.start()
    bench.create("j1", "install", "lamp")
    details = bench.emulator.wait_for_status("j1", "FAILED")
    assert details["reason"].startswith("lamp: https://localhost:")
    assert details["retryable"] == "true"
    assert not bench.target.exists()


def test_a_device_that_is_killed_ends_with_all_files(bench):
    bench.start()
    bench.create("j0", "install", "lamp")
    bench.emulator.wait_for_status("j0", "SUCCEEDED")
    bench.device.kill()
    first = tree(bench.target)
    second = bench.index.add("lamp", "2.0", OTHER, [["tiny", "latest"]])
    second = {**second, **bench.files["tiny"]}
    bench.index.pause_s = 0.02
    chance = random.Random(7)
    bench.create("j1", "install", "lamp")
    killed = 0
    for _ in range(KILLS):
        device = bench.start()
        device.wait_for("ready")
        time.sleep(chance.random() * 0.25)
        device.kill()
        killed += 1
        if bench.emulator.execution("j1")[0] == "SUCCEEDED":
            break
        paths = set(tree(bench.target))
        assert paths <= set(first) | set(second)
    bench.start()
    bench.emulator.wait_for_status("j1", "SUCCEEDED")
    assert tree(bench.target) == second
    assert [path.name for path in (bench.target / ".packages").iterdir()] == ["record"]
    print(f"killed {killed} times")


def test_the_frozen_mip_puts_the_same_files_in_place(bench):
    bench.index.add("lamp", "2.0", OTHER, [["tiny", "latest"]])
    bench.start()
    bench.create("j1", "install", "lamp")
    bench.emulator.wait_for_status("j1", "SUCCEEDED")
    theirs = bench.folder / "theirs"
    theirs.mkdir()
    assert bench.mip(bench.plain, "lamp", str(theirs)).endswith("Done\n")
    assert tree(theirs) == tree(bench.target)


def test_why_the_frozen_mip_is_not_what_runs_here(bench):
    theirs = bench.folder / "theirs"
    theirs.mkdir()
    # It verifies no certificate: there is no place where it could be given one.
    assert bench.mip(bench.index, "tiny", str(theirs)).endswith("Done\n")
    # It verifies no hash of what it fetches.
    for path in bench.index.pages:
        if "/file/" in path:
            bench.index.pages[path] = b"x"
    (theirs / "tiny.py").unlink()
    assert bench.mip(bench.plain, "tiny", str(theirs)).endswith("Done\n")
    assert tree(theirs) == {"tiny.py": b"x"}
    # It stops half-way and leaves that.
    bench.index.add("lamp", "2.0", {**LAMP, "z.py": "1"})
    gone = [path for path, data in bench.index.pages.items() if len(data) > 5000]
    del bench.index.pages[gone[0]]
    assert "Done" not in bench.mip(bench.plain, "lamp", str(theirs))
    assert "lamp/__init__.py" in tree(theirs)
    bench.start()
    bench.create("j1", "install", "lamp")
    assert "HTTP 404" in bench.emulator.wait_for_status("j1", "FAILED")["reason"]
    assert tree(bench.target) == {}
