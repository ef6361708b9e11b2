"""What happens in one session: the jobs, what an operator does, what goes wrong, and when."""

import dataclasses
import json
from typing import Any, NamedTuple

THING = "lamp"
MQTT, HTTPS = "mqtt", "https"
LIMIT_MS = 2 * 60 * 60 * 1000


class Act(NamedTuple):
    """At `ms` the control plane's `operation` (in snake_case) is called with `params`."""

    ms: int
    operation: str
    params: dict


class Cut(NamedTuple):
    """The power is cut; see device/power.py."""

    kind: str
    number: int
    how: str = "done"


@dataclasses.dataclass(frozen=True)
class Schedule:
    """`name` says what is special about it. `acts` create the jobs, too. `link` is MQTT or HTTPS.

    `faults` are the emulator's rules, from the beginning until `faults_end_ms`; `cuts` follow one
    another. `offline`: from and until when, in ms, the device has no network. `latency_ms`: how
    long what the service sends is on its way. `keep_alive_ms`: how long it keeps an HTTP
    connection on which nothing is asked. `agent` and `link_settings`: settings of the JobsAgent
    and its link. `seed` is that of the device's random numbers and the faults'. By `limit_ms` all
    must be over. `tries`: what it is an example of, by which `sample` chooses.
    """

    name: str
    acts: tuple[Act, ...]
    link: str = MQTT
    faults: tuple[dict, ...] = ()
    faults_end_ms: int | None = None
    cuts: tuple[Cut, ...] = ()
    offline: tuple[tuple[int, int], ...] = ()
    latency_ms: int = 0
    keep_alive_ms: int = LIMIT_MS
    agent: dict[str, Any] = dataclasses.field(default_factory=dict)
    link_settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    seed: int = 1
    limit_ms: int = LIMIT_MS
    tries: tuple = ()

    def with_(self, **changes: Any) -> "Schedule":
        """Another one, of which this is different."""
        return dataclasses.replace(self, **changes)

    def for_device(self) -> bytes:
        """What the device must know of it."""
        return json.dumps(
            {
                "thing": THING,
                "seed": self.seed,
                "cuts": self.cuts,
                "offline": self.offline,
                "limit_ms": self.limit_ms,
                "agent": self.agent,
                "link": self.link,
                "link_settings": self.link_settings,
            }
        ).encode()

    def documents(self) -> dict[str, dict]:
        """The jobs' documents, by job id."""
        return {
            act.params["jobId"]: json.loads(act.params["document"])
            for act in self.acts
            if act.operation == "create_job"
        }


def create(at_ms: int, job_id: str, operation: str, config: dict | None = None, **document) -> Act:
    """The act of creating a job whose document names `operation` (device/handlers.py)."""
    text = json.dumps({"operation": operation, **document})
    return Act(at_ms, "create_job", {"jobId": job_id, "document": text, **(config or {})})
