"""The control plane of tags, in the shapes of the model `iot`: of jobs and job templates alone."""

from ..errors import InvalidRequestError, LimitExceededError
from ..limits import TAGS
from . import members, tagging
from .job_control import find_job
from .operation import Operation
from .pages import check_only_page
from .requests import Requests
from .tag_store import JOB, JOB_TEMPLATE
from .templates import find_template, id_in


class TagControl(Requests):
    """TagResource, UntagResource, ListTagsForResource.

    Each raises InvalidRequestError for an ARN of anything but a job or a job template here, and
    ResourceNotFoundError for one that does not exist.
    """

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
        job, template = self._arns.job(""), self._arns.job_template("")
        if arn.startswith(job):
            return JOB, find_job(operation, id_in("resourceArn", arn, job)).job_id
        if arn.startswith(template):
            found = find_template(operation, id_in("resourceArn", arn, template))
            return JOB_TEMPLATE, found.template_id
        raise InvalidRequestError(
            f"resourceArn: {members.shown(arn)} is no job ({job}<id>) and no job template "
            f"({template}<id>); the emulator tags nothing else"
        )
