"""Where devices find files: at URLs, or by S3's placeholders, which the service fills in.

They are "${aws:iot:s3-presigned-url:https://…}", and the same with "-v2". The service puts a URL
there, which it signs for each device. So a placeholder is of one file.
"""

import re
import urllib.parse

from .errors import PackError

MAX_URL = 2048  # characters, the device's
PRESIGNED = 1500  # bytes, about what a placeholder becomes
MAX_PLACEHOLDERS = 10  # in a document, as AWS's page of limits once had it
_REFUSED = '"<>\\^`{|}'  # by a device, beside what is no ASCII, controls and spaces
_HOST = re.compile(r"[-._a-z0-9]{1,253}|\[[0-9a-f:.]+\]", re.IGNORECASE)
_USER = re.compile(r"//[^/]*@")
_PLACEHOLDER = re.compile(r"\$\{aws:iot:s3-presigned-url(-v2)?:(.*)\}", re.DOTALL)
# https://s3.REGION.amazonaws.com/BUCKET/KEY, and not https://BUCKET.s3.REGION.amazonaws.com/KEY
_S3_BY_PATH = re.compile(r"s3[.-](?!.*\.s3[.-])", re.IGNORECASE)


def is_placeholder(url: str) -> bool:
    """Whether the service fills it in."""
    return url.startswith("${")


def of_file(url: str) -> str:
    """The URL, or the placeholder, of one file. Raises PackError."""
    if not is_placeholder(url):
        _check(url, url)
        return url
    _, inner = _parsed(url)
    path = _check(inner, url)
    if path.endswith("/"):
        raise PackError(f"url {_shown(url)}: the placeholder of a file has its key")
    return url


class Folder:
    """Where the files of a folder lie, by a URL or by a placeholder, to which their names are
    added. `base`: what the document has as its "url", None with placeholders: each file has one.
    """

    def __init__(self, url: str):
        """Raises PackError for what is no place of a folder."""
        self._placed = is_placeholder(url)
        version, inner = _parsed(url) if self._placed else ("", url)
        _check(inner.rstrip("/") + "/x", url)
        for mark, what in (("?", "a query"), ("#", "a fragment")):
            if mark in inner:
                raise PackError(
                    f"url {_shown(url)}: has {what}, and the names of files come behind a folder's"
                )
        self._inner = inner.rstrip("/") + "/"
        self._version = version
        self.base = None if self._placed else self._inner

    def of(self, name: str) -> str | None:
        """The URL of the file with this name; None if it is `base` and the name. PackError as of
        the constructor.
        """
        quoted = urllib.parse.quote(name)
        url = self._inner + quoted
        if len(url) > MAX_URL:
            raise PackError(f"{name}: its URL would have more than {MAX_URL} characters")
        if not self._placed:
            return None if quoted == name else url
        if quoted != name and not self._version:
            raise PackError(
                f"{name!r}: s3-presigned-url is not known to take a key with such characters:"
                " rename the file, or give s3-presigned-url-v2"
            )
        return f"${{aws:iot:s3-presigned-url{self._version}:{url}}}"


def _parsed(url: str) -> tuple[str, str]:
    """The version of a placeholder, "" or "-v2", and the URL in it."""
    found = _PLACEHOLDER.fullmatch(url)
    if not found:
        raise PackError(
            f"url {_shown(url)}: neither ${{aws:iot:s3-presigned-url:https://…}} nor that with -v2"
        )
    return found[1] or "", found[2]


def _check(url: str, given: str) -> str:
    """The path of a URL that a device takes, as iotjobs.fetch.urls decides. PackError names what
    is wrong with it, and what was `given`.
    """

    def refused(why: str):
        return PackError(f"url {_shown(given)}: {why}")

    if len(url) > MAX_URL:
        raise refused(f"more than {MAX_URL} characters")
    for c in url:
        if not "!" <= c <= "~" or c in _REFUSED:
            raise refused(f"a URL has no {c!r}: it is to be percent-encoded")
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refused(str(error)) from None
    schemes = ("https",) if is_placeholder(given) else ("http", "https")
    if parts.scheme not in schemes:
        raise refused(f"it begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if "@" in parts.netloc:
        raise refused("a user name or password in it")
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    if not _HOST.fullmatch(host.removesuffix(":")) or port == 0:
        raise refused("without a proper host and port")
    if is_placeholder(given):
        names = [name for name in parts.path.split("/") if name]
        if len(names) < (2 if _S3_BY_PATH.match(host) else 1):
            raise refused("without the key of an object")
    return parts.path


def _shown(url: str) -> str:
    """At most 100 characters, and neither its query, which in a presigned URL is a secret, nor the
    name and password of a user.
    """
    text = _USER.sub("//…@", url.split("?")[0]) + ("?…" if "?" in url else "")
    return repr(text if len(text) <= 100 else text[:99] + "…")
