"""S3's errors, and the XML that they are answered in.

Amazon S3 API reference, "Error responses".
"""

import re
from xml.sax.saxutils import escape

# What XML 1.0 cannot hold.
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class S3Error(Exception):
    """An answer that is an error: `code` is S3's name of it, `status` that of HTTP.

    `details` are the further elements of the XML, by their names.
    """

    def __init__(self, status: int, code: str, message: str, **details: object):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def xml(self, request_id: str, host_id: str) -> bytes:
        """The body of the answer."""
        elements = {
            "Code": self.code,
            "Message": self.message,
            # Python has no names with a minus.
            **{name.replace("_", "-"): value for name, value in self.details.items()},
            "RequestId": request_id,
            "HostId": host_id,
        }
        inner = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in elements.items())
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()


def access_denied(message: str = "Access Denied", **details: object) -> S3Error:
    return S3Error(403, "AccessDenied", message, **details)


def no_such_bucket(bucket: str) -> S3Error:
    message = "The specified bucket does not exist"
    return S3Error(404, "NoSuchBucket", message, BucketName=bucket)


def invalid_bucket_name(bucket: str) -> S3Error:
    message = "The specified bucket is not valid."
    return S3Error(400, "InvalidBucketName", message, BucketName=bucket)


def no_such_key(key: str) -> S3Error:
    return S3Error(404, "NoSuchKey", "The specified key does not exist.", Key=key)


def invalid_uri(target: str) -> S3Error:
    return S3Error(400, "InvalidURI", "Couldn't parse the specified URI.", URI=target)


def _text(value: object) -> str:
    return escape(_NO_XML.sub("\ufffd", str(value)))
