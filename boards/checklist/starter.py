"""A copy of boards/starter, for a board on which it is changed, and updated by jobs."""

import shutil
from pathlib import Path

from packing import documents, signing

_SOURCE = Path(__file__).resolve().parent.parent / "starter"
_BUCKET = "files"
_MEMORY = '''
def longest():
    """The longest piece of the heap, in bytes."""
    gc.collect()
    piece, step = 0, 1 << 17
    while step >= 16:
        try:
            bytearray(piece + step)
            piece += step
        except MemoryError:
            pass
        step >>= 1
    gc.collect()
    return piece


def told(event, *details):
    print(event, *details)
    state = details[0] if event == "state" else None
    if state == "CONNECTING":
        print("longest piece", longest())
    if state == "IDLE":
        gc.collect()
        print("idle, free", gc.mem_free())


agent.on_event = told
'''


class Starter:
    """`folder`: the board's root, with the key of its updates. `place`: an empty folder."""

    def __init__(self, place: Path):
        self.folder = place / "starter"
        shutil.copytree(
            _SOURCE, self.folder, ignore=shutil.ignore_patterns("tests", "__pycache__")
        )
        self._place = place
        self._key = place / "update.pem"
        shutil.copy(signing.new_key(self._key), self.folder)
        self._source = self._application.read_text(encoding="utf-8")
        self._write("1.0")

    @property
    def _application(self) -> Path:
        return self.folder / "app" / "a" / "application.py"

    def tell_memory(self) -> None:
        """Have it print what is free of the heap."""
        before, loop, after = self._source.rpartition("while True:")
        self._source = f"{before}{_MEMORY}\n{loop}{after}"
        self._write("1.0")

    def update(self, service, version: str, source: bytes | None = None) -> dict:
        """The document of an update to that version, whose files are at the service. `source`: of
        another application.
        """
        folder = self._place / version
        folder.mkdir()
        text = self._of(version).encode() if source is None else source
        (folder / "application.py").write_bytes(text)
        service.files[f"{_BUCKET}/{version}/application.py"] = text
        url = f"https://s3.eu-west-1.amazonaws.com/{_BUCKET}/{version}"
        placeholder = f"${{aws:iot:s3-presigned-url-v2:{url}}}"
        document, _ = documents.application(folder, placeholder, version)
        return signing.sign(document, self._key)

    def _of(self, version: str) -> str:
        return f'print("version {version}")\n{self._source}'

    def _write(self, version: str) -> None:
        self._application.write_text(self._of(version), encoding="utf-8")
