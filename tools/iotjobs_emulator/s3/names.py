"""Which bucket and key is meant: by a URL as the service takes it, or by a request.

Amazon S3 user guide, "Methods for accessing a bucket" and "Virtual hosting of buckets". The
region in a name is not looked at: all buckets are in the emulator's.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from .errors import S3Error, invalid_uri

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # "Bucket naming rules"
KEY_BYTES = 1024  # "Creating object key names"

# s3.<region>.amazonaws.com; the older s3-<region>, and s3 alone; each may have a bucket before it.
_ENDPOINT = re.compile(
    r"(?:(?P<bucket>.+)\.)?s3(?:-fips)?(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d+)?"
    r"\.amazonaws\.com(?:\.cn)?"
)
_LOCAL = "s3.localhost"  # RFC 6761: such names are this machine's own
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")  # RFC 3986, path
_VERSION = re.compile(r"\?versionId=", re.IGNORECASE)
_NO_TEXT = "its key is not UTF-8"
_NO_VERSIONS = "versionId is not supported: the emulator keeps no versions"


class Named(NamedTuple):
    """An object: its bucket and its key."""

    bucket: str
    key: str


def of_url(url: str, encoded: bool = True) -> Named:
    """What an https URL of S3 names, by path style or by virtual-hosted style.

    `encoded` False: the key stands in it as it is, not percent-encoded. ValueError says what is
    wrong with the URL.
    """
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() != "https":
        raise ValueError("it does not begin with https://")
    host, _, path = rest.partition("/")
    endpoint = _ENDPOINT.fullmatch(host.lower())
    if endpoint is None:
        raise ValueError(f"{host!a} is no endpoint of S3 (s3.<region>.amazonaws.com)")
    if encoded:
        path = _decoded_url(path)
    return of_path(path if endpoint["bucket"] is None else f"{endpoint['bucket']}/{path}")


def of_path(path: str) -> Named:
    """`bucket/key`. ValueError says what is wrong with it."""
    bucket, mark, key = path.partition("/")
    if not BUCKET.fullmatch(bucket):
        raise ValueError(f"{bucket!a} is no name of a bucket")
    if not key:
        raise ValueError("it names no key" if mark else "it names a bucket, and no key")
    if _VERSION.search(key):
        raise ValueError(_NO_VERSIONS)
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise ValueError(_NO_TEXT) from None
    if size > KEY_BYTES:
        raise ValueError(f"its key has more than {KEY_BYTES} bytes")
    return Named(bucket, key)


def of_request(host: str, path: str) -> Named:
    """What a request asks for: by its Host header, and the path of its target, still encoded.

    Bucket and key may be empty. S3Error for a path that cannot be read.
    """
    if not path.startswith("/") or not path.isascii() or _BAD_ESCAPE.search(path):
        raise invalid_uri(path)
    bucket = bucket_of_host(host)
    rest = path[1:]
    if (
        bucket is None
    ):  # a slash that is encoded belongs to the bucket's name, and is refused there
        bucket, _, rest = rest.partition("/")
        bucket = _decoded(bucket, path)
    key = _decoded(rest, path)
    if len(key.encode()) > KEY_BYTES:
        message = "Your key is too long"
        raise S3Error(400, "KeyTooLongError", message, MaxSizeAllowed=KEY_BYTES)
    return Named(bucket, key)


def decoded_path(path: str) -> bytes:
    """The path of a request without its escapes. S3 reads a plus as a space (SERVICE.md, S3)."""
    return unquote_to_bytes(path.replace("+", "%20"))


def of_certificate(region: str) -> list[str]:
    """The names by which a client that verifies them may call the files, with any bucket."""
    endpoints = (_LOCAL, "s3.amazonaws.com", f"s3.{region}.amazonaws.com")
    return [*endpoints, *(f"*.{name}" for name in endpoints)]


def origin(host: str, port: int) -> str:
    """Host and port as an https URL has them."""
    host = f"[{host}]" if ":" in host else host
    return host if port == 443 else f"{host}:{port}"


def bucket_of_host(host: str) -> str | None:
    """The bucket that a Host header names; None: the path does."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return None
    name = name.removesuffix(".")
    endpoint = _ENDPOINT.fullmatch(name)
    if endpoint is not None:
        return endpoint["bucket"]
    return name.removesuffix(f".{_LOCAL}") if name.endswith(f".{_LOCAL}") else None


def _decoded_url(path: str) -> str:
    key, mark, query = path.partition("?")
    if _VERSION.match(f"?{query}"):
        raise ValueError(_NO_VERSIONS)
    if mark:
        raise ValueError("it has a query")
    if not _ENCODED.fullmatch(key):
        raise ValueError("its key is not percent-encoded")
    try:
        return unquote_to_bytes(key).decode()
    except UnicodeDecodeError:
        raise ValueError(_NO_TEXT) from None


def _decoded(text: str, path: str) -> str:
    try:
        return decoded_path(text).decode()
    except UnicodeDecodeError:
        raise invalid_uri(path) from None
