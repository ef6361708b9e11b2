"""The rejections that only streams have (SERVICE.md, Streams)."""

from ..errors import InvalidRequestError


class InvalidCborError(InvalidRequestError):
    """The payload is no CBOR map."""

    mqtt_code = "InvalidCbor"


class BlockSizeOutOfBoundsError(InvalidRequestError):
    """`l` is too small or too large."""

    mqtt_code = "BlockSizeOutOfBounds"


class OffsetOutOfBoundsError(InvalidRequestError):
    """`o` is too large."""

    mqtt_code = "OffsetOutOfBounds"


class BlockCountLimitExceededError(InvalidRequestError):
    """`n` is too large."""

    mqtt_code = "BlockCountLimitExceeded"


class BlockBitmapLimitExceededError(InvalidRequestError):
    """`b` is too long."""

    mqtt_code = "BlockBitmapLimitExceeded"


class ETagMismatchError(InvalidRequestError):
    """The object in S3 is another one than when the stream was made."""

    mqtt_code = "ETagMismatch"
