"""Virtual time, in a project's own tests: tests/system/programs/kit_virtual_tests.py."""

from processes import PROGRAMS

ALL = (PROGRAMS / "kit_virtual_tests.py").read_text()


def test_hours_are_skipped(project):
    project.write(**{"empty/main": "", "test_all": ALL})
    done = project.run("-q")
    assert done.returncode == 0, done.stdout
