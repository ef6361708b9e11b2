"""Every quota that there is: its name in `--quota`, AWS's default, and where that is from.

FLEET   what is published of the service; SERVICE.md, Quotas, says of each where
"""

from __future__ import annotations

from typing import NamedTuple

RATE = "a second"  # of the account
LEVEL = "at once"  # of the account
CLIENT_RATE = "a second and client"


class Quota(NamedTuple):
    """`default` is AWS's. `unit` is RATE, LEVEL or CLIENT_RATE. `beyond`: what happens then to
    what the quota counts. `is_silent`: the client is not told.
    """

    name: str
    default: int
    unit: str
    what: str
    beyond: str
    is_silent: bool = False


_THROTTLED = "rejected as throttled, without effect"
_REFUSED = "refused"
WAITS = "not sent yet, waits until it may pass"  # for what is late, and not lost

READS, WRITES = "reads", "writes"
CONNECTS, CONNECTIONS = "connects", "connections"
FILTERS, SUBSCRIPTIONS = "filters", "subscriptions"
PUBLISHES, DELIVERIES, QUEUED = "publishes", "deliveries", "queued"
CLIENT_CONNECTS, CLIENT_PUBLISHES = "client-connects", "client-publishes"

_DEVICES = (
    Quota(READS, 200, RATE, "DescribeJobExecution and GetPendingJobExecutions", _THROTTLED),
    Quota(WRITES, 200, RATE, "StartNextPendingJobExecution and UpdateJobExecution", _THROTTLED),
    Quota(CONNECTS, 500, RATE, "CONNECT", _REFUSED),
    Quota(CONNECTIONS, 500_000, LEVEL, "connected clients", _REFUSED),
    Quota(FILTERS, 500, RATE, "topic filters in SUBSCRIBE", "no SUBACK, without effect", True),
    Quota(SUBSCRIPTIONS, 500_000, LEVEL, "subscriptions of all sessions", _REFUSED),
    Quota(PUBLISHES, 20_000, RATE, "PUBLISH from clients", "discarded, no PUBACK", True),
    Quota(DELIVERIES, 20_000, RATE, "PUBLISH to clients", "not sent", True),
    Quota(QUEUED, 500, RATE, "messages queued for clients that are away", "not queued", True),
    Quota(CLIENT_CONNECTS, 1, CLIENT_RATE, "CONNECT of one client id", _REFUSED),
    Quota(CLIENT_PUBLISHES, 100, CLIENT_RATE, "PUBLISH from and to one client", "discarded", True),
)

_JOBS = (
    "AssociateTargetsWithJob CancelJob CancelJobExecution CreateJob CreateJobTemplate DeleteJob "
    "DeleteJobExecution DeleteJobTemplate DescribeJob DescribeJobExecution DescribeJobTemplate "
    "GetJobDocument ListJobExecutionsForJob ListJobExecutionsForThing ListJobs ListJobTemplates "
    "UpdateJob"
)
_STREAMS = "CreateStream DeleteStream DescribeStream ListStreams UpdateStream"
_REGISTRY = {
    "CreateThing": 100,
    "UpdateThing": 100,
    "DeleteThing": 100,
    "AttachThingPrincipal": 100,
    "AddThingToThingGroup": 100,
    "DescribeThing": 350,
    "ListThings": 10,
    "CreateKeysAndCertificate": 15,
    "CreateCertificateFromCsr": 15,
    "RegisterCertificate": 15,
}
_OTA = {"CreateOTAUpdate": 10, "DeleteOTAUpdate": 5, "GetOTAUpdate": 15, "ListOTAUpdates": 15}
CONTROL_PLANE = {
    "jobs": dict.fromkeys(_JOBS.split(), 10),
    "registry": _REGISTRY,
    "streams": dict.fromkeys(_STREAMS.split(), 15),
    "ota": _OTA,
}

QUOTAS = {
    **{quota.name: quota for quota in _DEVICES},
    **{
        name: Quota(name, default, RATE, "of the control plane", _THROTTLED)
        for operations in CONTROL_PLANE.values()
        for name, default in operations.items()
    },
}
DEFAULTS = {name: quota.default for name, quota in QUOTAS.items()}
