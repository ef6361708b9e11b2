"""Packages from a real index over TLS, between real processes that are killed; and beside what
the interpreter's own mip does with the same index.
"""

import random
import time

import pytest
from authorities import authority as authority
from authorities import foreign as foreign
from authorities import web_context as web_context
from commands import finished
from iotjobs_emulator.provision import CA
from my_thing import folder as folder
from my_thing import start as start
from package_index import PackageIndex, tree

KILLS = 9  # after ten resets on which it has not got on, a job is given up
LAMP = {
    "lamp/__init__.py": "from .colour import red\nVALUE = 'lamp ' + red\n",
    "lamp/colour.py": "red = 'red'\n" + "".join(f"C{i} = {i}\n" for i in range(2000)),
}
OTHER = {"lamp/__init__.py": "import tiny\nVALUE = 'lamp ' + tiny.NAME\n"}


class Bench:
    """The emulator, a device, and an index whose certificate is of an authority of its own."""

    def __init__(self, emulator, interpreter, start_any, web_context, ca, folder):
        self.emulator = emulator
        self.interpreter = interpreter
        self.start_any = start_any
        self.ca = ca
        self.target = folder / "lib"
        self.theirs = folder / "theirs"  # what the interpreter's own mip has installed
        self.theirs.mkdir()
        self.index = PackageIndex(web_context)
        self.plain = PackageIndex()
        self.plain.pages = self.index.pages
        self.files = {
            "lamp 1": self.index.add("lamp", "1.0", LAMP),
            "tiny": self.index.add("tiny", "0.1", {"tiny.py": "NAME = 'tiny'\n"}),
        }

    def start(self, **settings):
        options = {"target": self.target, "index": self.index.url, "ca": self.ca, **settings}
        return self.start_any("packages_device.py", **options)

    def ends(self, status, job_id="j1", operation="install", packages="lamp"):
        """The details with which a job of these packages comes to this status."""
        self.create(job_id, operation, packages)
        return self.emulator.wait_for_status(job_id, status)

    def create(self, job_id, operation="install", packages="lamp"):
        self.emulator.create_job(job_id, {"operation": operation, "packages": packages})

    def run(self, code):
        """What MicroPython prints, with `target` as its only folder of packages."""
        variables = {"MICROPYPATH": f"{self.target}:.frozen"}
        done = finished([self.interpreter, "-c", code], env=variables)
        return done.stdout + done.stderr

    def mip(self, index, name):
        """Let the frozen mip install."""
        target = str(self.theirs)
        return self.run(
            f"import mip; mip.install({name!r}, index={index.url!r}, target={target!r})"
        )


@pytest.fixture
def bench(emulator, interpreter, start, web_context, foreign, tmp_path):
    bench = Bench(emulator, interpreter, start, web_context, foreign / CA, tmp_path)
    yield bench
    bench.index.close()
    bench.plain.close()


@pytest.mark.parametrize("offline", [0, 1])
def test_packages_are_installed_used_updated_and_removed(bench, offline):
    bench.start(offline=offline)
    assert bench.ends("SUCCEEDED") == {"installed": "lamp 1.0", "files": "2"}
    assert tree(bench.target) == bench.files["lamp 1"]
    assert bench.run("import lamp; print(lamp.VALUE)") == "lamp red\n"
    second = bench.index.add("lamp", "2.0", OTHER, [["tiny", "latest"]])
    done = bench.ends("SUCCEEDED", "j2", packages=["lamp"])
    assert done == {"installed": "lamp 2.0, tiny 0.1", "files": "2"}
    assert tree(bench.target) == {**second, **bench.files["tiny"]}
    assert bench.run("import lamp; print(lamp.VALUE)") == "lamp tiny\n"
    done = bench.ends("SUCCEEDED", "j3", "remove")
    assert done == {"removed": "lamp 2.0, tiny 0.1"}
    assert tree(bench.target) == {}


def test_a_server_of_another_authority_is_refused(bench, folder):
    bench.start(ca=folder / CA)
    assert "not correctly signed by the trusted CA" in bench.ends("FAILED")["reason"]
    assert (bench.index.requests, bench.target.exists()) == ([], False)


def test_an_index_that_is_not_there_is_told(bench):
    bench.index.close()
    bench.start()
    details = bench.ends("FAILED")
    assert details["reason"].startswith("lamp: https://localhost:")
    assert details["retryable"] == "true"
    assert not bench.target.exists()


def test_a_device_that_is_killed_ends_with_all_files(bench):
    device = bench.start()
    bench.ends("SUCCEEDED", "j0")
    device.kill()
    first = tree(bench.target)
    second = bench.index.add("lamp", "2.0", OTHER, [["tiny", "latest"]])
    second = {**second, **bench.files["tiny"]}
    bench.index.pause_s = 0.02
    chance = random.Random(7)
    bench.create("j1")
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
    bench.ends("SUCCEEDED")
    assert bench.mip(bench.plain, "lamp").endswith("Done\n")
    assert tree(bench.theirs) == tree(bench.target)


def test_why_the_frozen_mip_is_not_what_runs_here(bench):
    # It verifies no certificate: there is no place where it could be given one.
    assert bench.mip(bench.index, "tiny").endswith("Done\n")
    # It verifies no hash of what it fetches.
    for path in bench.index.pages:
        if "/file/" in path:
            bench.index.pages[path] = b"x"
    (bench.theirs / "tiny.py").unlink()
    assert bench.mip(bench.plain, "tiny").endswith("Done\n")
    assert tree(bench.theirs) == {"tiny.py": b"x"}
    # It stops half-way and leaves that.
    bench.index.add("lamp", "2.0", {**LAMP, "z.py": "1"})
    gone = [path for path, data in bench.index.pages.items() if len(data) > 5000]
    del bench.index.pages[gone[0]]
    assert "Done" not in bench.mip(bench.plain, "lamp")
    assert "lamp/__init__.py" in tree(bench.theirs)
    bench.start()
    assert "HTTP 404" in bench.ends("FAILED")["reason"]
    assert tree(bench.target) == {}
