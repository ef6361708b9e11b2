"""What the rest of the emulator asks for: documents out of the folder, and signed URLs."""

import os
from urllib.parse import quote

from .errors import S3Error
from .folder import Folder
from .names import Named
from .signing import Signer


class Files:
    """The files of a folder, served over HTTPS at `origin` (host, or host:port)."""

    def __init__(self, folder: Folder, signer: Signer, origin: str = "localhost"):
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

    def read(self, named: Named, most: int) -> bytes:
        """The first `most` bytes of an object. ValueError says why there are none."""
        try:
            with self.folder.open(named) as file:
                return os.pread(file.descriptor, most, 0)
        except S3Error as error:
            raise ValueError(f"{error.code}: {error.message}") from None

    def presigned(self, named: Named, now: float, seconds: int) -> str:
        """The URL that gets the object for so many seconds from `now` on, by path style: so it
        needs no other name of this machine."""
        path = quote(f"/{named.bucket}/{named.key}", safe="/~")
        query = self.signer.query(self.origin, path, now, seconds)
        return f"https://{self.origin}{path}?{query}"
