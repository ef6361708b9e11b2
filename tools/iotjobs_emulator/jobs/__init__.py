"""The state machine of AWS IoT Jobs: pure, over a Database, with an injected clock.

What comes in: `data` (what a device asks for) and `control` (what an operator asks for: of jobs,
`job_control`, and executions, `execution_control`), checked by `members`, `new_job` and
`documents`. What changes: `transitions` moves executions between `states` and sets
`timers`; `operation` makes each request one transaction. Where it lies: `store`, in `records`.
What goes out: `shapes`, `pages` and `notifications`. `engine` puts it together.
"""

from .engine import JobsEngine
from .notifications import Notification

__all__ = ["JobsEngine", "Notification"]
