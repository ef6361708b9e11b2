"""An MQTT 3.1.1 broker that behaves as AWS IoT Core's does towards a device with jobs.

- What comes in: `listener` accepts, `framing` cuts the stream, `packets` reads, `connection` acts.
- What is decided: `authorization` (who may do what), `topics` (what is a valid topic or filter).
- Where it goes: `router` sends it on, `subscriptions` finds each `session`, `sessions` keeps them,
  `retained` keeps a topic's last message.
- What goes out: `connection.send`, nothing else.
- Who holds all of this: `broker`, which hands a connection the router and the tracer (`trace`).
- What goes wrong on demand: `faulty_accept` before a connection, `faulty_link` between it and its
  transport. The latter has a `lane` each way, `heads` to know the packets by, and
  `faulty_actions` for each fault.
"""

from .broker import Broker
from .trace import TraceEvent

__all__ = ["Broker", "TraceEvent"]
