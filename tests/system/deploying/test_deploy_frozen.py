"""tools/deploy onto a board with the library frozen into its firmware: the unix port, as in
test_deploy.py.
"""

import pytest
from building import builds
from deploy_tool import SMALL, application, failed, put, succeeded
from repl_board import ReplBoard

OVER_IT = (*SMALL, "--force")

pytestmark = pytest.mark.exhaustive
either_kind = pytest.mark.parametrize("kind", [(), ("--source",)])


@pytest.fixture
def frozen(tmp_path, monkeypatch):
    built = builds.build("unix").path
    monkeypatch.setenv("MICROPYTHON", str(built))
    with ReplBoard(tmp_path / "flash") as board:
        yield board


def test_the_library_is_not_copied_and_its_own_is_tried(frozen, tmp_path):
    said = succeeded(frozen, "--app", application(tmp_path, main=b"pass\n"))
    assert "iotjobs is in its firmware: not copied" in said
    assert "is imported there: its agent takes" in said
    assert list(frozen.files()) == ["/main.py"]


@either_kind
def test_by_force_it_is_put_where_it_comes_before_the_frozen_one(frozen, kind):
    said = succeeded(frozen, *OVER_IT, *kind)
    assert "is imported there: its agent takes" in said
    paths = list(frozen.files())
    assert "/iotjobs/agent/agent.py" in paths if kind else "/iotjobs/agent/agent.mpy" in paths
    assert all(path.startswith("/iotjobs/") for path in paths)
    assert "nothing to do" in succeeded(frozen, *OVER_IT, *kind)


@either_kind
@pytest.mark.parametrize(
    "boot",
    [
        b"import sys\nsys.path[:] = ['.frozen', '', '/lib']\n",
        b"import os\nos.chdir('/elsewhere')\n",
    ],
)
def test_a_frozen_one_that_comes_first_all_the_same_is_named(frozen, boot, kind):
    put(frozen, {"/boot.py": boot, "/elsewhere/file": b""})
    why = "the board loads iotjobs of its firmware, not from /iotjobs: has boot.py changed"
    assert why in failed(frozen, *OVER_IT, *kind)


def test_one_that_hides_the_frozen_one_is_named(frozen):
    put(frozen, {"/iotjobs/__init__.py": b"JobsAgent = 1\n__version__ = '0'\n"})
    why = "the board loads iotjobs from /iotjobs, not of its firmware: remove that one"
    assert why in failed(frozen, *SMALL)
