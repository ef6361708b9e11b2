"""What tools/deploy asks a board about itself."""

import pytest
from deploy_tool import board as board
from deploy_tool import interrupted, put
from iotjobs_wire import facts


@pytest.fixture
def there(board):
    put(board, {"/lib/iotjobs/__init__.py": b"marker = 7\n", "/filler": bytes(40_000)})
    with interrupted(board.port) as there:
        yield there


def test_the_room_is_what_is_free_and_not_what_there_is(there):
    size, _, blocks, free = there.ask("__import__('os').statvfs('/')[:4]")
    assert facts.of(there).room == (size, free)
    assert free < blocks - 40_000 // size


def test_what_boot_has_imported_from_the_file_system_is_not_taken_for_frozen(there):
    there.run("import sys, iotjobs\npath = sys.path[:]")
    assert not facts.of(there).frozen
    assert there.ask("sys.modules['iotjobs'].marker") == 7
    assert there.ask("sys.path == path")
