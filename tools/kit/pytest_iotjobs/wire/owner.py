"""Whether a board's files may go: a person's are not removed without a word."""

from iotjobs_wire.errors import DeployError
from iotjobs_wire.remote import Remote

from . import software

_SHOWN = 5
_MOST_BYTES = 4_096  # of a boot.py that may be MicroPython's own


def check(remote: Remote, port: str) -> None:
    """Raise DeployError, which names some of them, if there are files on the board that are not
    the kit's.
    """
    files = [path for path, is_folder, _ in remote.below("/") if not is_folder]
    if software.MARK.path in files:
        return
    files = sorted(path for path in files if not _is_nobodys(remote, path))
    if files:
        more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
        raise DeployError(
            f"the board at {port} has files that are not the test kit's: "
            f"{', '.join(files[:_SHOWN])}{more}. Its tests remove all files of a board. Copy what "
            "you need, and give --board-erase once"
        )


def _is_nobodys(remote: Remote, path: str) -> bool:
    # MicroPython writes a boot.py of comments when it makes a file system.
    if path != "/boot.py":
        return False
    lines = remote.read(path, _MOST_BYTES).split(b"\n")
    return all(not line.strip() or line.lstrip().startswith(b"#") for line in lines)
