"""For the tests: a folder that is S3, and what a signed URL is worth."""

from urllib.parse import urlsplit

from iotjobs_emulator.s3.errors import S3Error
from iotjobs_emulator.s3.files import Files
from iotjobs_emulator.s3.folder import Folder
from iotjobs_emulator.s3.names import of_request
from iotjobs_emulator.s3.signing import Signer
from jobs_world import REGION

ROLE = "arn:aws:iam::123456789012:role/service-role/files"
CONFIG = {"roleArn": ROLE, "expiresInSec": 60}
HOST = "localhost:8444"
S3 = "https://s3.eu-west-1.amazonaws.com"


def placeholder(key="a.bin", version="-v2", url=f"{S3}/bucket/"):
    return f"${{aws:iot:s3-presigned-url{version}:{url}{key}}}"


class Bucket:
    """The bucket `bucket` of a folder, with files to be put into it, and all that is served."""

    def __init__(self, folder):
        self.folder = folder / "files"
        (self.folder / "bucket").mkdir(parents=True)
        self.signer = Signer(b"secret", REGION)
        self.files = Files(Folder(self.folder), self.signer, HOST)

    def put(self, key, content):
        path = self.folder / "bucket" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return f"{S3}/bucket/{key}"

    def named_by(self, url, now):
        """The object that a signed URL gets at that time, or the code and the message of the error
        that it does."""
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc) == ("https", HOST)
        try:
            self.signer.verify("GET", parts.path, parts.query, {"host": parts.netloc}, now)
        except S3Error as error:
            return error.code, error.message
        return of_request(parts.netloc, parts.path)
