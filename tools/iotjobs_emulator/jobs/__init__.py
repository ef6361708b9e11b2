"""The state machine of AWS IoT Jobs: pure, over a Database, with an injected clock.

What comes in: `data` (what a device asks for) and `control` (what an operator asks for: of jobs,
`job_control`, executions, `execution_control`, and templates, `template_control`), checked by
`members`, `new_job`, `documents` and `parameters`. `templates` puts a template, an own one or one
of `managed_templates`, below a new job. What changes: `transitions` moves executions between
`states` and sets `timers`; `operation` makes each request one transaction. Where it lies: `store`,
in `records`, and `template_store`. What goes out: `shapes`, `pages` and `notifications`. `engine`
puts it together.
"""

from .engine import JobsEngine
from .notifications import Notification

__all__ = ["JobsEngine", "Notification"]
