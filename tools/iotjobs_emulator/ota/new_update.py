"""CreateOTAUpdate's request: what can be said of it before anything else is looked at."""

from ..arns import Arns
from ..errors import InvalidRequestError
from ..jobs import job_configs, members
from ..jobs.states import TARGET_SELECTIONS
from ..limits import PRESIGNED_URL_SECONDS, ROLE_ARN
from ..streams.limits import FILE_ID, STREAM_ID
from ..streams.objects import location_of
from . import signatures
from .limits import FILES, OTA_UPDATE_ID, URL_SECONDS
from .records import HTTP, PROTOCOLS, OtaUpdate

_KEPT = (
    "description",
    "targets",
    "protocols",
    "targetSelection",
    "awsJobExecutionsRolloutConfig",
    "awsJobPresignedUrlConfig",
    "awsJobAbortConfig",
    "awsJobTimeoutConfig",
    "files",
    "roleArn",
    "additionalParameters",
)


def ota_update_id(params: dict) -> str:
    return members.matching(params, "otaUpdateId", OTA_UPDATE_ID, required=True)


def read(params: dict, now: float, arns: Arns) -> OtaUpdate:
    """The update that the request describes. InvalidRequestError names what is missing or of the
    wrong form; whether things, objects and streams are there is not looked at yet.
    """
    update_id = ota_update_id(params)
    members.text(params, "description")
    members.matching(params, "roleArn", ROLE_ARN, required=True)
    members.choice(params, "targetSelection", TARGET_SELECTIONS)
    targets = members.typed(params, "targets", list, required=True)
    if not targets:
        raise InvalidRequestError("targets must have at least one entry")
    for target in targets:
        arns.target(target)
    _check_protocols(members.typed(params, "protocols", list))
    _check_files(members.typed(params, "files", list, required=True))
    given = {name: params[name] for name in _KEPT if params.get(name) is not None}
    update = OtaUpdate(update_id, given, now, now)
    job_configs.read(job_request(update))
    return update


def job_request(update: OtaUpdate, **more: object) -> dict:
    """CreateJob's members for the job of an update."""
    given = update.request
    request = {
        "jobId": update.job_id,
        "targets": given["targets"],
        "targetSelection": update.target_selection,
        "jobExecutionsRolloutConfig": given.get("awsJobExecutionsRolloutConfig"),
        "timeoutConfig": given.get("awsJobTimeoutConfig"),
        **more,
    }
    if "awsJobAbortConfig" in given:
        criteria = given["awsJobAbortConfig"].get("abortCriteriaList")
        request["abortConfig"] = {"criteriaList": criteria}
    config = given.get("awsJobPresignedUrlConfig", {})
    seconds = members.number(config, "expiresInSec", PRESIGNED_URL_SECONDS)
    if HTTP in update.protocols:
        request["presignedUrlConfig"] = {
            "roleArn": given["roleArn"],
            "expiresInSec": seconds or URL_SECONDS,
        }
    return request


def _check_protocols(protocols: list | None) -> None:
    for place, protocol in enumerate(protocols or ()):
        members.choice({"protocols": protocol}, "protocols", PROTOCOLS, required=True)
        if protocol in protocols[:place]:
            raise InvalidRequestError(f"protocols: {protocol} comes twice")
    if protocols == []:
        raise InvalidRequestError("protocols must have at least one entry")


def _check_files(files: list) -> None:
    if len(files) not in FILES:
        raise InvalidRequestError(f"files must have 1 to {FILES[-1]} entries, not {len(files)}")
    streams = {_stream_of(file) for file in files}
    if len(streams) > 1:
        raise InvalidRequestError(
            "files: all of them must be of one stream, or all in S3: a document names one stream"
        )


def _stream_of(one: object) -> str | None:
    """The stream that a file is in, None for one in S3. InvalidRequestError as `read`."""
    file = members.typed({"files": one}, "files", dict, required=True)
    members.typed(file, "fileName", str)
    members.number(file, "fileType", FILE_ID)
    signatures.check(file)
    location = members.typed(file, "fileLocation", dict, required=True)
    stream = members.typed(location, "stream", dict)
    s3 = members.typed(location, "s3Location", dict)
    if (stream is None) == (s3 is None):
        raise InvalidRequestError("fileLocation must have either stream or s3Location")
    if s3 is not None:
        location_of(s3)
        return None
    members.number(stream, "fileId", FILE_ID, required=True)
    return members.matching(stream, "streamId", STREAM_ID, required=True)
