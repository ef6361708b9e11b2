"""The manifest of an application update: which files, of which sizes and SHA-256, and who says so.

What is signed is not the document, of which there are many spellings. It is a text in UTF-8, each
line ended by "\\n". Its lines are "iotjobs update 1", "version 1.2.0", then "<sha256> <size>
<path>" for each file, in the document's order. The signature is ECDSA P-256 with SHA-256, in DER,
in Base64.
"""

import hashlib
from binascii import a2b_base64, hexlify

from micropython import const

from ..fetch.sources import check_taken, check_url
from ..files.digests import check_sha256, check_size
from ..files.paths import check_names, inside
from ..outcomes import JobRejected

MAX_FILES = const(64)
_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"


def is_version(value):
    """Whether it is a str of 1 to 64 of [a-zA-Z0-9._+-]."""
    text = value if isinstance(value, str) else ""
    return 0 < len(text) <= 64 and not [c for c in text if c not in _CHARACTERS]


def check_version(version):
    """`version`, if it is one; JobRejected for anything else."""
    if not is_version(version):
        raise JobRejected("version %r: not 1 to 64 of [a-zA-Z0-9._+-]" % (version,))
    return version


def signer(key):
    """The key for `verify`: from ecdsa.public_key, which see, or None for None. What only signed
    updates need is loaded here.
    """
    if key is None:
        return None
    from .ecdsa import public_key

    return public_key(key)


def verify(signature, digest, key):
    """A generator that raises JobRejected unless `signature` (DER in Base64, whatever a document
    has there) is that of `digest` (bytes) by the owner of `key`, from ecdsa.public_key. Yields
    None.
    """
    from .ecdsa import verifying

    if signature is None:
        raise JobRejected("not signed: this device takes signed updates only")
    try:
        if len(signature) > 100:
            raise ValueError
        right = yield from verifying(key, digest, a2b_base64(signature))
    except (ValueError, TypeError):
        right = False
    if not right:
        raise JobRejected("the signature is wrong")


class Manifest:
    """What the document of `job` says, checked in all: JobRejected names what is wrong and where.

    `folder` (str): where the files are to go, which counts in the length of their paths.
    `fetcher`: what is to get them, and says which sources it takes. `version`
    (str), and after `read`, a generator that yields: `count` (int) of the files, `digest` (32
    bytes) of the signed text. The files stay in the document; `file` reads one. Allocates the
    paths while it reads.
    """

    def __init__(self, job, folder, fetcher):
        self._job = job
        self._fetcher = fetcher
        self._folder = folder
        self.version = check_version(job.get("version"))

    def read(self):
        job = self._job
        base = job.get("url")
        if base is not None and (not isinstance(base, str) or "?" in base or "#" in base):
            raise JobRejected("url: %s" % ("has a query" if isinstance(base, str) else "no text"))
        if not isinstance(job.get("files", 0), dict):
            raise JobRejected("files: a list of files is needed")
        text = hashlib.sha256(b"iotjobs update 1\nversion %s\n" % self.version.encode())
        names = []
        self.count = job.count("files")
        if self.count > MAX_FILES:
            raise JobRejected("files: more than %d" % MAX_FILES)
        for at in range(self.count):
            if job.get("files", at) is None:
                raise JobRejected("files[%d]: null" % at)
            path, size, sha256, source = self.file(at)
            where = "files[%d]" % at
            if path.startswith("/"):
                raise JobRejected("%s.path %r: not relative" % (where, path))
            inside(self._folder, path)
            check_size(size, where + ".size")
            check_taken(self._fetcher, source, where + ": ")
            if not isinstance(source, tuple):
                check_url(source, where + ".url: ")
            names.append(path.lower())
            text.update(b"%s %d %s\n" % (sha256.encode(), size, path.encode()))
            yield
        self.digest = text.digest()
        check_names(names)

    def file(self, at):
        """(path, size, sha256, source) of a file: str, int, str in lower case, and where it comes
        from, see sources. That is its "url", or else its "file" of its "stream", or else its path
        behind the document's "url". The document has the "stream" of all that have none.
        """
        get = self._job.get
        path = get("files", at, "path")
        if not isinstance(path, str):
            raise JobRejected("files[%d].path: %r is no text" % (at, path))
        try:
            sha256 = check_sha256(get("files", at, "sha256"))
        except JobRejected:
            raise JobRejected("files[%d].sha256: not 64 hexadecimal digits" % at)
        return path, get("files", at, "size"), sha256, self._source(at, path)

    def _source(self, at, path):
        get = self._job.get
        url = get("files", at, "url")
        file = get("files", at, "file")
        if url is not None and file is not None:
            raise JobRejected("files[%d]: both url and file" % at)
        if url is None:
            base = get("url")
            stream = get("files", at, "stream")
            if stream is None:
                stream = get("stream")
            if file is not None or base is None and stream is not None:
                from ..fetch.of_streams import check_stream  # not where all comes from URLs

                return check_stream(stream, file, "files[%d]." % at)
            if base is None:
                raise JobRejected("files[%d]: without url, and the document has none" % at)
            url = base + path
        return url

    def name(self):
        """The digest as text, for names."""
        return hexlify(self.digest).decode()[:32]
