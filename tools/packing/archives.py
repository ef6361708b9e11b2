"""The archive of an application, which a device unpacks: tar, in the format ustar."""

import io
import pathlib
import tarfile

from .errors import PackError


def archive(files: list[tuple[str, pathlib.Path]]) -> bytes:
    """The archive of files, each with its name in it: the same bytes for the same files. Raises
    PackError for a name that is too long for the format.
    """
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, path in files:
            content = path.read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            try:
                tar.addfile(entry, io.BytesIO(content))
            except ValueError:
                raise PackError(f"{name}: too long for an archive (ustar)") from None
        end = tar.offset
    # The rest, up to 10 KiB, is of use on a tape only: a device would fetch it.
    return made.getvalue()[: end + 2 * tarfile.BLOCKSIZE]
