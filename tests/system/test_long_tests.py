"""Which of the long tests run: those of which something has changed since they passed."""

import re

import environment
import long_tests
import pytest

SYSTEM = environment.ROOT / "tests" / "system"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder instead of the project's, with a file or two of each kind; and a record in it."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(long_tests, "RECORD", tmp_path / "record.json")
    for name in ("lib/iotjobs/handlers/reboot.py", "boards/rp2/RPI_PICO/x.cmake", "manifest.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was")
    return tmp_path


def test_at_first_all_of_them_run(tree):
    assert long_tests.unchanged() == []


def test_one_that_passed_runs_again_when_a_file_has_changed_or_come_or_gone(tree):
    file = tree / "lib" / "iotjobs" / "handlers" / "reboot.py"
    new = tree / "boards" / "rp2" / "RPI_PICO" / "manifest.py"
    long_tests.record("test_frozen")
    assert long_tests.unchanged() == ["test_frozen"]
    file.write_text("as it is")
    assert long_tests.unchanged() == []
    file.write_text("as it was")
    assert long_tests.unchanged() == ["test_frozen"]
    new.touch()
    assert long_tests.unchanged() == []
    new.unlink()
    (tree / "manifest.py").unlink()
    assert long_tests.unchanged() == []


def test_its_own_files_are_those_of_no_other(tree):
    for name in ("test_frozen", "test_mip_pico"):
        long_tests.record(name)
    assert long_tests.unchanged() == ["test_frozen", "test_mip_pico"]
    (tree / "package.json").touch()
    assert long_tests.unchanged() == ["test_frozen"]


def test_what_is_compiled_or_kept_beside_the_sources_is_no_change(tree):
    long_tests.record("test_frozen")
    (tree / "boards" / "rp2" / "__pycache__").mkdir()
    (tree / "boards" / "rp2" / "__pycache__" / "manifest.pyc").touch()
    assert long_tests.unchanged() == ["test_frozen"]


def test_every_pattern_finds_something():
    for name, patterns in long_tests.FILES.items():
        for pattern in (*long_tests.ALL, *patterns, long_tests.path(name)):
            assert any(environment.ROOT.glob(pattern)), pattern


def test_whoever_builds_firmware_or_runs_a_pico_is_one_of_them():
    uses = re.compile(r"import (emulated_pico|plain_pico)|from plain_pico|firmware_builds\.build")
    found = {path.stem for path in SYSTEM.glob("test_*.py") if uses.search(path.read_text())}
    assert found - {"test_firmware_command", "test_long_tests", "test_pico_w"} == set(
        long_tests.FILES
    )
