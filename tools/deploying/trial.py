"""Whether the library works on the board: it is imported there."""

from dataclasses import dataclass

from iotjobs_wire.board import Board
from iotjobs_wire.errors import BoardError, DeployError

# What is imported one by one, after the agent; a firmware without network has no TLS for it.
LINKS = {"mqtt": "MQTTLink", "https": "HTTPSLink"}

_IMPORT = """
import gc
gc.collect()
_before = gc.mem_free()
import iotjobs
"""
# Of what is frozen, and of what lies in the current folder, __file__ is relative.
_PLACE = """
import os, sys
def _place(file):
    if file[:1] == '/':
        return file
    for folder in sys.path:
        if folder == '.frozen':
            break
        if folder == '':
            try:
                os.stat(file)
                return os.getcwd().rstrip('/') + '/' + file
            except OSError:
                pass
    return ''
"""
_IMPORT_AGENT = """
from iotjobs import JobsAgent
gc.collect()
"""
_IMPORT_LINK = """
try:
    from iotjobs import %s
    print(end='')
except ImportError as error:
    if 'iotjobs' in str(error):
        raise
    print(error, end='')
"""


@dataclass(frozen=True)
class Trial:
    """What came of it. `free` and `taken` are bytes of the heap; `unusable` the links that this
    firmware cannot load, with the reason.
    """

    version: str
    free: int
    taken: int
    unusable: dict[str, str]


def imports(board: Board, folder: str, links: list[str]) -> Trial:
    """Import the library on the board, which has just been reset, and see that it is that of
    `folder`; "": that of its firmware. Then `links`, of LINKS, one by one. Raises DeployError.
    """
    try:
        board.run(_IMPORT)
        board.run(_PLACE)
        loaded = board.ask("_place(iotjobs.__file__)").rpartition("/")[0]
        if loaded != folder:
            why = "remove that one" if loaded else "has boot.py changed sys.path, or its folder?"
            raise DeployError(
                f"the board loads iotjobs {_whence(loaded)}, not {_whence(folder)}: {why}"
            )
        board.run(_IMPORT_AGENT)
        version, before, after = board.ask("(iotjobs.__version__, _before, gc.mem_free())")
        unusable = {}
        for link in links:
            reason = board.run(_IMPORT_LINK % LINKS[link])
            if reason:
                unusable[link] = reason
    except BoardError as error:
        raise DeployError(f"iotjobs cannot be imported on the board: {error.kind}") from None
    return Trial(version, after, before - after, unusable)


def _whence(folder: str) -> str:
    return f"from {folder}" if folder else "of its firmware"
