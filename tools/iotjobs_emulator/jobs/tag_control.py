"""The control plane of tags, in the shapes of the model `iot`: of jobs, job templates, and what
else the emulator says can have them.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from ..errors import InvalidRequestError, LimitExceededError
from ..limits import JOB_ID, TAGS
from . import members, tagging
from .job_control import find_job
from .operation import Operation
from .pages import check_only_page
from .requests import Requests
from .tag_store import JOB, JOB_TEMPLATE
from .templates import find_template, id_in


class Taggable(NamedTuple):
    """What can have tags: its kind in the TagStore, what its ARNs begin with, and its ids.

    `find` raises ResourceNotFoundError for an id that does not exist.
    """

    kind: str
    prefix: str
    pattern: re.Pattern
    find: Callable[[Operation, str], object]


class TagControl(Requests):
    """TagResource, UntagResource, ListTagsForResource.

    Each raises InvalidRequestError for an ARN of anything else than these here can have, and
    ResourceNotFoundError for one that does not exist.
    """

    def __init__(self, *given):
        super().__init__(*given)
        self._taggable = [
            Taggable(JOB, self._arns.job(""), JOB_ID, find_job),
            Taggable(JOB_TEMPLATE, self._arns.job_template(""), JOB_ID, find_template),
        ]

    def add_taggable(self, taggable: Taggable) -> None:
        """Let something else have tags."""
        self._taggable.append(taggable)

    def tag_resource(self, params: dict) -> dict:
        """Add tags, or change those that there are. LimitExceededError: more than 50."""
        tags = tagging.read(params, required=True)
        with self._operation() as operation:
            kind, name = self._resource(operation, params)
            store = operation.store.tags
            number = len({**store.of(kind, name), **tags})
            if number > TAGS:
                raise LimitExceededError(f"{name} would have {number} tags; the limit is {TAGS}")
            store.set(kind, name, tags)
        return {}

    def untag_resource(self, params: dict) -> dict:
        """Remove tags; those that are not there make no difference."""
        given = members.typed(params, "tagKeys", list, required=True)
        keys = [tagging.key({"tagKeys": one}, "tagKeys") for one in given]
        with self._operation() as operation:
            kind, name = self._resource(operation, params)
            operation.store.tags.remove(kind, name, keys)
        return {}

    def list_tags_for_resource(self, params: dict) -> dict:
        """The tags by key, all in one page. InvalidRequestError for a nextToken: none is given."""
        check_only_page(params)
        with self._operation() as operation:
            tags = operation.store.tags.of(*self._resource(operation, params))
        return {"tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _resource(self, operation: Operation, params: dict) -> tuple[str, str]:
        """Kind and id of what the request names."""
        arn = members.typed(params, "resourceArn", str, required=True)
        for kind, prefix, pattern, find in self._taggable:
            if arn.startswith(prefix):
                name = id_in("resourceArn", arn, prefix, pattern)
                find(operation, name)
                return kind, name
        known = ", ".join(f"{prefix}<id>" for _, prefix, _, _ in self._taggable)
        raise InvalidRequestError(
            f"resourceArn: {members.shown(arn)} is none of {known}; the emulator tags nothing else"
        )
