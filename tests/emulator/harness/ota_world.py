"""A service that knows OTA updates, with short ways to ask about them."""

import json

from iotjobs_emulator.arns import Arns
from iotjobs_emulator.ota import OtaUpdates
from iotjobs_emulator.ota.signer import Signer
from jobs_world import ACCOUNT, LAMP, REGION
from streams_world import ROLE, StreamsWorld

SECRET = bytes(range(32))
MAKING = 2  # seconds until an update is made
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def in_s3(key, **members):
    """A file of a request that lies in S3."""
    return {"fileLocation": {"s3Location": {"bucket": "bucket", "key": key}}, **members}


def in_stream(stream_id, file_id, **members):
    return {"fileLocation": {"stream": {"streamId": stream_id, "fileId": file_id}}, **members}


def custom(signature, digest="SHA256", algorithm="ECDSA", certificate="/device.pem"):
    """The codeSigning of a signature that is brought along."""
    return {
        "customCodeSigning": {
            "signature": {"inlineDocument": signature},
            "hashAlgorithm": digest,
            "signatureAlgorithm": algorithm,
            "certificateChain": {"certificateName": certificate},
        }
    }


class OtaWorld(StreamsWorld):
    """A StreamsWorld with OTA updates."""

    def __init__(self, *given, **settings):
        super().__init__(*given, **settings)
        arns = Arns(REGION, ACCOUNT)
        signer = Signer(SECRET)
        self.ota = OtaUpdates(self.database, self.engine, self.streams, arns, signer)

    def create_update(self, update_id="u1", files=None, **members):
        files = [in_s3("image")] if files is None else files
        params = {"otaUpdateId": update_id, "targets": [LAMP], "files": files, "roleArn": ROLE}
        return self.ota.control.create_ota_update({**params, **members})

    def info(self, update_id="u1"):
        return self.ota.control.get_ota_update({"otaUpdateId": update_id})["otaUpdateInfo"]

    def status(self, update_id="u1"):
        return self.info(update_id)["otaUpdateStatus"]

    def delete_update(self, update_id="u1", **members):
        return self.ota.control.delete_ota_update({"otaUpdateId": update_id, **members})

    def made(self, update_id="u1", **members):
        """The job document of a new update, as the lamp gets it."""
        self.create_update(update_id, **members)
        self.wait(MAKING)
        assert self.status(update_id) == "CREATE_COMPLETE", self.info(update_id)["errorInfo"]
        return json.loads(self.describe(f"AFR_OTA-{update_id}")["jobDocument"])["afr_ota"]

    def failed(self, **members):
        """Why the making of a new update fails."""
        self.create_update(**members)
        self.wait(MAKING)
        info = self.info()
        assert (info["otaUpdateStatus"], info["errorInfo"]["code"]) == (
            "CREATE_FAILED",
            "AWSIotException",
        )
        return info["errorInfo"]["message"]
