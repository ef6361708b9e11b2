"""The state machine of AWS IoT Jobs: pure, over a Database, with an injected clock.

What comes in:
- `data`: what a device asks for
- `control`: what an operator asks for, of jobs (`job_control`), executions (`execution_control`),
  templates (`template_control`), tags (`tag_control`) and events (`event_control`)
- `members`, `new_job`, `job_changes`, `job_configs`, `documents`, `parameters`, `schedule` with
  `cron`, and `tagging`: check it
- `sources`: reads documents from S3; `presigned`: signs the URLs in them
- `templates`: puts a template, an own one or one of `managed_templates`, below a new job

What changes:
- `transitions`: moves executions and jobs between `states`
- `abort`: says when a job is to end
- `timers`: run
- `targets`: says which things a job is for; `rollout`: brings it to them
- `scheduling`: lets it begin, pause and end
- `operation`: makes each request one transaction

Where it lies: `store`, with `job_queries` and `timer_queries`, `template_store` and `tag_store`,
as `records`, in the tables of `schema`. What goes out: `shapes`, `pages`, `notifications` and
`events`. `engine` puts it together.
"""

from .engine import JobsEngine
from .notifications import Notification

__all__ = ["JobsEngine", "Notification"]
