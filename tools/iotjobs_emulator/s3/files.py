"""What the rest of the emulator asks for: objects and their contents, and signed URLs."""

from contextlib import AbstractContextManager
from urllib.parse import quote

from .errors import S3Error
from .names import Named
from .signing import Signer
from .stored import Store, Stored


class Files:
    """The objects of a Folder or a Memory, served over HTTPS at `origin` (host, or host:port)."""

    def __init__(self, folder: Store, signer: Signer, origin: str = "localhost"):
        self.folder = folder
        self.signer = signer
        self.origin = origin

    def has_bucket(self, bucket: str) -> bool:
        """Whether there is a bucket of that name."""
        try:
            self.folder.check_bucket(bucket)
        except S3Error:
            return False
        return True

    def open(self, named: Named) -> AbstractContextManager[Stored]:
        """An object, to be read in parts. S3Error: there is none, or nobody may read it."""
        return self.folder.open(named)

    def read(self, named: Named, most: int) -> bytes:
        """The first `most` bytes of an object. ValueError says why there are none."""
        try:
            with self.folder.open(named) as stored:
                return b"".join(stored.read(0, min(most, stored.size)))
        except S3Error as error:
            raise ValueError(f"{error.code}: {error.message}") from None

    def presigned(self, named: Named, now: float, seconds: int) -> str:
        """The URL that gets the object for so many seconds from `now` on, by path style: so it
        needs no other name of this machine."""
        path = quote(f"/{named.bucket}/{named.key}", safe="/~")
        query = self.signer.query(self.origin, path, now, seconds)
        return f"https://{self.origin}{path}?{query}"
