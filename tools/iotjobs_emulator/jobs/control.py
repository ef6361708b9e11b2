"""What an operator asks for."""

from .event_control import EventControl
from .execution_control import ExecutionControl
from .job_control import JobControl
from .tag_control import TagControl
from .template_control import TemplateControl


class JobsControl(JobControl, ExecutionControl, TemplateControl, EventControl, TagControl):
    """The operations of the control plane that deal with jobs, in the shapes of the model `iot`.

    Each takes and returns a dict of modelled members; times are numbers of seconds since 1970.
    Every one raises InvalidRequestError for a member of the wrong form, or that is not supported.
    It raises ResourceNotFoundError for a thing, job or execution that does not exist.
    """
