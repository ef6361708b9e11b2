"""What a job is for: its targets, things and thing groups, as things."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..arns import THING, THING_GROUP, Arns
from ..errors import InvalidRequestError, LimitExceededError, ResourceNotFoundError
from ..limits import JOB_TARGETS
from . import transitions
from .operation import Operation
from .records import Job
from .rollout import drop
from .states import CONTINUOUS, IN_PROGRESS, QUEUED


def no_group(name: str) -> None:
    """The `group_members` of a registry without groups."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What the state machine asks the registry.

    `thing_exists(name)`. `group_members(name)`: the names of a group's things, those of its child
    groups included; None: no such group. `group_id(name)`: a group's id, None: no such group; the
    function itself is None if groups have no ids.
    """

    thing_exists: Callable[[str], bool]
    group_members: Callable[[str], list[str] | None] = no_group
    group_id: Callable[[str], str | None] | None = None

    def check_thing(self, name: str) -> None:
        """ResourceNotFoundError unless the thing is registered."""
        if not self.thing_exists(name):
            raise ResourceNotFoundError(f"Thing {name} not found")

    def members(self, group_name: str) -> list[str]:
        """The things of a group; ResourceNotFoundError if there is no such group."""
        found = self.group_members(group_name)
        if found is None:
            raise ResourceNotFoundError(f"Thing group {group_name} not found")
        return found


def groups(job: Job, arns: Arns) -> list[str]:
    """The names of the groups among a job's targets, each once."""
    named = map(arns.target, job.targets)
    return list(dict.fromkeys(name for kind, name in named if kind == THING_GROUP))


def check_number(job: Job) -> None:
    """LimitExceededError if a job has more targets than the service allows."""
    if len(job.targets) > JOB_TARGETS:
        raise LimitExceededError(
            f"Job {job.job_id} would have {len(job.targets)} targets; the limit is {JOB_TARGETS}"
        )


def things(job: Job, arns: Arns, registered: Registered) -> dict[str, int]:
    """The things of a new job, each once, in the order of the targets and of the groups' members.

    The value is the place of the first target that names the thing or has it as a member.

    InvalidRequestError: a target is no ARN of a thing or group. ResourceNotFoundError: there is
    no such thing or group.
    """
    found: dict[str, int] = {}
    for place, (kind, name) in enumerate(map(arns.target, job.targets)):
        if kind == THING:
            registered.check_thing(name)
            found.setdefault(name, place)
        else:
            for member in registered.members(name):
                found.setdefault(member, place)
    return found


def add_groups(
    operation: Operation, job: Job, added: list, arns: Arns, registered: Registered
) -> dict[str, int]:
    """Add groups to the targets of a job, those that are none yet.

    Returns the things that are to get the job now, each with the place of its target.

    InvalidRequestError: there is none, or one is no ARN of a group. ResourceNotFoundError: there
    is no such group. LimitExceededError: they are too many.
    """
    if not added:
        raise InvalidRequestError("targets must have at least one entry")
    known, found = set(groups(job, arns)), {}
    for target in added:
        kind, name = arns.target(target)
        if kind != THING_GROUP:
            raise InvalidRequestError(f"targets: {target} is no thing group")
        things_of_group = registered.members(name)
        if name in known:
            continue
        known.add(name)
        job.targets.append(target)
        operation.store.add_groups(job.job_id, [name])
        for thing_name in things_of_group:
            if thing_name not in found and becomes_target(operation, job.job_id, thing_name):
                found[thing_name] = len(job.targets) - 1
    check_number(job)
    return found


def follow_memberships(
    operation: Operation, arns: Arns, registered: Registered, thing_names: Iterable[str]
) -> None:
    """Bring the running CONTINUOUS jobs up to date after the things' memberships changed.

    A thing that has become a target gets an execution at once, whatever the roll-out (SERVICE.md,
    Continuous jobs). One that is no target any more loses what is queued or waits for it.
    """
    changed = list(dict.fromkeys(thing_names))
    members: dict[str, set[str]] = {}
    for job_id in operation.store.running_jobs_with_groups(CONTINUOUS):
        job_targets, status, over = operation.store.job_members(
            job_id, "targets", "status", "over"
        )
        targeted: dict[str, int] = {}
        for place, (kind, name) in enumerate(map(arns.target, job_targets)):
            if kind == THING:
                targeted.setdefault(name, place)
            else:
                if name not in members:
                    members[name] = set(registered.group_members(name) or ())
                for member in members[name]:
                    targeted.setdefault(member, place)
        for thing_name in changed:
            if thing_name not in targeted:
                _leave(operation, job_id, thing_name)
            elif not over and becomes_target(operation, job_id, thing_name):
                if status == IN_PROGRESS:
                    transitions.queue(operation, thing_name, job_id)
                else:  # it has to wait for the next window as others do
                    operation.store.add_waiting(job_id, {thing_name: targeted[thing_name]})


def becomes_target(operation: Operation, job_id: str, thing_name: str) -> bool:
    """Whether a target of the job is to get it: it has not had it, or has left since its end.

    One that has left, and is still in progress, goes on as if it had not.
    """
    latest = operation.store.execution(thing_name, job_id)
    if latest is not None and latest.departed and latest.status == IN_PROGRESS:
        latest.departed = False
        operation.store.save_execution(latest)
        return False
    has_had_it = latest is not None and not latest.departed
    return not has_had_it and not operation.store.is_waiting(job_id, thing_name)


def _leave(operation: Operation, job_id: str, thing_name: str) -> None:
    """Remove what is queued. What is in progress goes on, but is not retried."""
    drop(operation, job_id, thing_name)
    latest = operation.store.execution(thing_name, job_id)
    if latest is None or latest.departed:
        return
    latest.departed = True
    if latest.status == QUEUED:
        transitions.remove(operation, latest)
    else:
        operation.store.save_execution(latest)
