"""Signed URLs, made and verified: Signature Version 4 in its query form.

Amazon S3 API reference, "Authenticating requests: using query parameters".
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote

from .errors import S3Error, access_denied
from .names import decoded_path

_ALGORITHM = "AWS4-HMAC-SHA256"
_TIME = "%Y%m%dT%H%M%SZ"
_SHOWN_TIME = "%Y-%m-%dT%H:%M:%SZ"
_LONGEST_SECONDS = 7 * 24 * 3600
_SKEW = timedelta(minutes=15)
_TOKEN_BYTES = 768  # a role's session token has about 1,000 characters, and so has this one
_NAMES = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
_SIGNATURE = "X-Amz-Signature"
_DIGITS = re.compile(r"-?\d{1,18}", re.ASCII)


Pairs = list[tuple[str, str]]


def pairs(query: str) -> Pairs:
    """The names and values in a URL's query."""
    # Latin-1 keeps every byte apart, whatever it means.
    return parse_qsl(query, keep_blank_values=True, encoding="latin-1")


def is_signed(query: str) -> bool:
    """Whether a URL's query has a signature of this kind, or a part of one."""
    return any(name in (_SIGNATURE, "X-Amz-Algorithm") for name, _ in pairs(query))


class Signer:
    """Signs with one key, as a role's temporary credentials do, for buckets in one region.

    `secret`: what the key is made from. The same makes the same key, so a URL outlives a restart.
    """

    def __init__(self, secret: bytes, region: str):
        self._region = region
        self._secret = base64.b64encode(_hmac(secret, "secret access key"))[:40]
        name = base64.b32encode(_hmac(secret, "access key id"))[:16].decode()
        self._key_id = f"ASIA{name}"
        blocks = (_hmac(secret, f"session token {n}") for n in range(_TOKEN_BYTES // 32))
        self._token = base64.b64encode(b"".join(blocks)).decode()

    def query(self, host: str, path: str, now: float, seconds: int) -> str:
        """The query that makes GET of `path` (percent-encoded) at `host` valid for `seconds`."""
        date = datetime.fromtimestamp(int(now), timezone.utc)
        parameters = [
            ("X-Amz-Algorithm", _ALGORITHM),
            ("X-Amz-Credential", f"{self._key_id}/{self._scope(date)}"),
            ("X-Amz-Date", date.strftime(_TIME)),
            ("X-Amz-Expires", str(seconds)),
            ("X-Amz-Security-Token", self._token),
            ("X-Amz-SignedHeaders", "host"),
        ]
        signature = self._signature("GET", path, parameters, [("host", host)], date)
        return f"{_query(parameters)}&{_SIGNATURE}={signature}"

    def verify(
        self, method: str, path: str, query: str, headers: Mapping[str, str], now: float
    ) -> None:
        """S3Error unless the request is signed with this key, and still valid."""
        asked = pairs(query)
        parameters = dict(asked)
        missing = [name for name in _NAMES if f"X-Amz-{name}" not in parameters]
        if missing:
            names = ", ".join(f"X-Amz-{name}" for name in _NAMES)
            raise _malformed(f"Query-string authentication version 4 requires the {names}")
        if parameters["X-Amz-Algorithm"] != _ALGORITHM:
            raise _malformed(f'X-Amz-Algorithm only supports "{_ALGORITHM}"')
        date = _check_time(parameters, now)
        key_id, _, scope = parameters["X-Amz-Credential"].partition("/")
        if scope != self._scope(date):
            raise _malformed(
                "Error parsing the X-Amz-Credential parameter; it must be of the form "
                f"<key id>/{self._scope(date)}"
            )
        if key_id != self._key_id:
            message = "The AWS Access Key Id you provided does not exist in our records."
            raise S3Error(403, "InvalidAccessKeyId", message, AWSAccessKeyId=key_id)
        if parameters.get("X-Amz-Security-Token") != self._token:
            message = "The provided token is malformed or otherwise invalid."
            raise S3Error(400, "InvalidToken", message)
        names = parameters["X-Amz-SignedHeaders"].split(";")
        if "host" not in names:
            raise _malformed("X-Amz-SignedHeaders must have host")
        signed = [(name, " ".join(headers.get(name, "").split())) for name in sorted(names)]
        given = parameters[_SIGNATURE]
        rest = [pair for pair in asked if pair[0] != _SIGNATURE]
        wanted = self._signature(method, path, rest, signed, date)
        if not hmac.compare_digest(wanted.encode(), given.encode()):
            message = (
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method."
            )
            details = {"AWSAccessKeyId": key_id, "SignatureProvided": given}
            raise S3Error(403, "SignatureDoesNotMatch", message, **details)

    def _scope(self, date: datetime) -> str:
        return f"{date:%Y%m%d}/{self._region}/s3/aws4_request"

    def _signature(
        self,
        method: str,
        path: str,
        parameters: Pairs,
        headers: Pairs,
        date: datetime,
    ) -> str:
        lines = [
            method,
            quote(decoded_path(path), safe="/~"),
            _query(parameters),
            *(f"{name}:{value}" for name, value in headers),
            "",
            ";".join(name for name, _ in headers),
            "UNSIGNED-PAYLOAD",
        ]
        # A header that is not ASCII comes with surrogates.
        canonical = "\n".join(lines).encode("utf-8", "surrogateescape")
        request = hashlib.sha256(canonical).hexdigest()
        text = "\n".join([_ALGORITHM, date.strftime(_TIME), self._scope(date), request])
        key = b"AWS4" + self._secret
        for part in self._scope(date).split("/"):
            key = _hmac(key, part)
        return _hmac(key, text).hex()


def _check_time(parameters: dict[str, str], now: float) -> datetime:
    try:
        date = datetime.strptime(parameters["X-Amz-Date"], _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        raise _malformed("X-Amz-Date must be formatted via ISO8601 Long format") from None
    asked = parameters["X-Amz-Expires"]
    if not _DIGITS.fullmatch(asked):
        raise _malformed("X-Amz-Expires should be a number")
    seconds = int(asked)
    if seconds < 0:
        raise _malformed("X-Amz-Expires must be non-negative")
    if seconds > _LONGEST_SECONDS:
        raise _malformed(
            "X-Amz-Expires must be less than a week (in seconds); "
            f"the given X-Amz-Expires must be less than {_LONGEST_SECONDS} seconds"
        )
    instant = datetime.fromtimestamp(now, timezone.utc)
    if date - instant > _SKEW:
        raise access_denied("Request is not yet valid")
    expires = date + timedelta(seconds=seconds)
    if instant > expires:
        raise access_denied(
            "Request has expired",
            X_Amz_Expires=seconds,
            Expires=expires.strftime(_SHOWN_TIME),
            ServerTime=instant.strftime(_SHOWN_TIME),
        )
    return date


def _query(parameters: Pairs) -> str:
    quoted = sorted((_quoted(name), _quoted(value)) for name, value in parameters)
    return "&".join(f"{name}={value}" for name, value in quoted)


def _quoted(text: str) -> str:
    return quote(text, safe="~", encoding="latin-1")


def _malformed(message: str) -> S3Error:
    return S3Error(400, "AuthorizationQueryParametersError", message)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
