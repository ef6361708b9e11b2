"""The files of requirements, which pip installs as they are: each package is pinned once, with all
that it needs, on every machine and for every Python; and umqtt.simple, which is none of pip's.
"""

import hashlib
import importlib.metadata
import io
import tarfile

import environment
import pytest
from commands import write_files
from environment import umqtt
from environment.purposes import PURPOSES, folder_of, with_what_they_need
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FILES = sorted((environment.TOOLS / "requirements").glob("*.txt"))
SMALL = ("service", "boards", "tests", "style")
EXHAUSTIVE = pytest.mark.exhaustive
LARGE = [pytest.param(name, marks=EXHAUSTIVE) for name in ("vectors", "firmware", "pico", "page")]
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
MACHINES = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64"))


def requirements(path):
    lines = [line.partition(" #")[0].strip() for line in path.read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def places():
    """What markers ask for, of each Python and machine."""
    for python in PYTHONS:
        for system, machine in MACHINES:
            yield {
                "python_version": python,
                "python_full_version": f"{python}.0",
                "sys_platform": system,
                "platform_machine": machine,
                "extra": "",
            }


def pinned(purposes, place):
    """Names and versions of what is installed there for these purposes."""
    found = {}
    for purpose in purposes:
        for one in requirements(environment.TOOLS / "requirements" / f"{purpose}.txt"):
            if one.marker is None or one.marker.evaluate(place):
                name = canonicalize_name(one.name)
                assert name not in found, f"{name} is in two of {purposes}"
                found[name] = str(one.specifier)
    return found


def test_every_purpose_has_a_file():
    assert {path.stem for path in FILES} == {*PURPOSES, "aws", "device-sdk"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_package_has_one_version(path):
    for one in requirements(path):
        [specifier] = one.specifier
        assert specifier.operator == "==", one


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_package_is_installed_for_two_purposes_that_go_together(purpose):
    for place in places():
        pinned(with_what_they_need([purpose]), place)


@pytest.mark.parametrize("purpose", [*SMALL, *LARGE])
def test_what_a_package_needs_is_pinned_with_it(purpose, uncaptured):
    """Whatever an installed package says that it needs is pinned, in a version that will do."""
    with uncaptured():
        environment.need(purpose)
    packages = list(importlib.metadata.distributions(path=[str(folder_of(purpose))]))
    assert packages
    for place in places():
        at_hand = pinned(with_what_they_need([purpose]), place)
        for package in packages:
            if canonicalize_name(package.metadata["Name"]) not in at_hand:
                continue
            for need in map(Requirement, package.requires or ()):
                if need.marker is None or need.marker.evaluate(place):
                    version = at_hand.get(canonicalize_name(need.name), "==none")[2:]
                    assert version in need.specifier, f"{package.metadata['Name']} needs {need}"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """index(name of the file in the sdist): a package index that has umqtt.simple; its SHA-256."""
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    monkeypatch.setattr(umqtt, "UMQTT", tmp_path / "umqtt")

    def serve(name):
        package = f"micropython-umqtt.simple-{umqtt.VERSION}"
        sdist = tmp_path / f"{package}.tar.gz"
        with tarfile.open(sdist, "w:gz") as archive:
            archive.addfile(tarfile.TarInfo(f"{package}/{name}"), io.BytesIO())
        page = f'<a href="{sdist.as_uri()}">{sdist.name}</a>'
        write_files(tmp_path / "simple", {"micropython-umqtt-simple/index.html": page})
        return hashlib.sha256(sdist.read_bytes()).hexdigest()

    return serve


def test_umqtt_is_fetched_once_if_it_is_what_it_should_be(index, monkeypatch, capsys):
    monkeypatch.setattr(umqtt, "SHA256", index("umqtt/simple.py"))
    umqtt.prepare()
    umqtt.prepare()
    assert (umqtt.UMQTT / "umqtt" / "simple.py").is_file()
    assert capsys.readouterr().err == f"[set-up] umqtt.simple {umqtt.VERSION}\n"


def refused(why):
    with pytest.raises(environment.UnusableError, match=why):
        umqtt.prepare()


def test_an_umqtt_that_is_another_is_refused(index):
    index("umqtt/simple.py")
    for _ in range(2):
        refused(r"umqtt\.simple could not be fetched")


def test_an_umqtt_without_its_module_is_refused(index, monkeypatch):
    monkeypatch.setattr(umqtt, "SHA256", index("umqtt/robust.py"))
    refused(r"has no umqtt/simple\.py")


def test_the_index_that_has_no_umqtt_is_told(index, monkeypatch):
    index("umqtt/simple.py")
    monkeypatch.setattr(umqtt, "VERSION", "9.9.9")
    refused(r"index has no micropython-umqtt.simple 9")
