"""The ETag of an object, as S3 computes it of one that was put there in one piece."""

import hashlib
from collections.abc import Iterable


def etag_of(pieces: Iterable[bytes]) -> str:
    """The MD5 of the content, in quotes."""
    digest = hashlib.md5(usedforsecurity=False)
    for data in pieces:
        digest.update(data)
    return f'"{digest.hexdigest()}"'
