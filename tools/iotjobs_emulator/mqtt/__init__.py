"""A broker of MQTT 3.1.1 and 5 that behaves as AWS IoT Core's does towards a device with jobs.

- What both versions share: `packets` (the model of each), `message`, `reasons`. `codec` alone
  knows their bytes.
- What comes in: `listener` accepts, `codec` reads, `connection` takes one packet after the other.
  `connecting` says what a CONNECT comes to, `handlers` what the others do, `publishing` whether a
  message may be published.
- What is decided: `authorization` (who may do what), `topics` (what is a valid topic or filter).
- Where it goes: `router` sends it on, `one_by_one`; `subscriptions` and `shared` find each
  `session`, `sessions` keeps them. `waiting` holds what a session or a group gets later,
  `retained` keeps a topic's last message, `wills` those that wait.
- What goes out: `connection.send`, nothing else. `outlet` knows what the client takes, `aliases`
  what its topics are called.
- What is beyond a quota: `metering`.
- Who holds all of this: `broker`, which hands a connection the router and a tracer (`trace`).
  `watch` is told how connections end.
- What goes wrong on demand: `faulty_accept` before a connection, `faulty_link` between it and its
  transport. The latter has a `lane` each way, `heads` to know the packets by, and
  `faulty_actions` for each fault.
"""

from .broker import Broker
from .trace import TraceEvent

__all__ = ["Broker", "TraceEvent"]
