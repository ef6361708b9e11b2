"""Which levels of a topic, below a thing's `jobs/`, stand for which operation (SERVICE.md, Topics
and Namespaces).
"""

from typing import NamedTuple

GET_PENDING = "GetPendingJobExecutions"
START_NEXT = "StartNextPendingJobExecution"
DESCRIBE = "DescribeJobExecution"
UPDATE = "UpdateJobExecution"
NOTIFY, NOTIFY_NEXT = "notify", "notify-next"

_OF_A_THING = {"get": GET_PENDING, "start-next": START_NEXT}
_OF_A_JOB = {"get": DESCRIBE, "update": UPDATE}
_NAMESPACE = "namespace-"  # begins a level of the topics of jobs that have one


class Asked(NamedTuple):
    """A request's operation, and what else its topic says. The `job_id` may be `$next`, or break
    its pattern, and so may the `namespace`.
    """

    operation: str
    job_id: str | None = None
    namespace: str | None = None


def asked(levels: list[str]) -> Asked | None:
    """What these levels ask for; None: they are no request."""
    job_id = namespace = operation = None
    match levels:
        case [what]:
            operation = _OF_A_THING.get(what)
        case [job_id, what]:
            operation = _OF_A_JOB.get(what)
        case [job_id, space, what] if space.startswith(_NAMESPACE):
            operation, namespace = _OF_A_JOB.get(what), space.removeprefix(_NAMESPACE)
    return None if operation is None else Asked(operation, job_id, namespace)


def told(levels: list[str]) -> str | None:
    """The kind of notification that these levels are; None: they are none."""
    match levels:
        case ["notify-next"]:
            return NOTIFY_NEXT
        case [what] if what == NOTIFY or what.startswith(f"{NOTIFY}-{_NAMESPACE}"):
            return NOTIFY
    return None


def notify(namespace: str | None) -> str:
    """The level of the notify of the jobs of one namespace, or of those without."""
    return NOTIFY if namespace is None else f"{NOTIFY}-{_NAMESPACE}{namespace}"
