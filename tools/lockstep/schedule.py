"""What happens in one session: the jobs, what an operator does, what goes wrong, and when."""

import dataclasses
import json
from typing import Any, NamedTuple

THING = "lamp"
BUCKET = "files"
PUT_OBJECT = "put_object"  # an act that is none of the control plane's: S3 gets another object
MQTT, HTTPS = "mqtt", "https"
BOARD = ("names", "memory", "pieces")
HOOKS = ("event raises", "event polls", "network raises", "reset raises")
_MAX_STARTS, _JOB_TIMEOUT_MINUTES = 10, 1_440  # the agent's own
LIMIT_MS = 2 * 60 * 60 * 1000


class Act(NamedTuple):
    """At `ms` the control plane's `operation` (in snake_case) is called with `params`.

    PUT_OBJECT has `key` and `content` (bytes), for the bucket BUCKET.
    """

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
    `objects`: what is in S3, by the keys of the bucket BUCKET; streams can be made of them.

    `faults` are the emulator's rules, from the beginning until `faults_end_ms`; `quotas` are its
    own by name, all the time; `cuts` follow one another. `offline`: from and until when, in ms,
    the device has no network. `latency_ms`: how long what the service sends is on its way.
    `keep_alive_ms`: how long it keeps an HTTP connection on which nothing is asked. `agent` and
    `link_settings`: settings of the JobsAgent and its link. `rate`: bytes a second that the line
    carries in each direction, None for all at once. `rival`: from and until when, in ms, another
    board has the same client id, and after how many it comes again; if it works it takes jobs, and
    ends them. `streams`: the settings of a StreamFetcher, by which jobs get files; then the device
    has an application, too, which sends itself messages meanwhile. `flash_blocks`: how many blocks
    of 512 bytes the flash has. `full`: from and until when the flash is "full" or "broken".
    `watchdog_ms` after its last poll the device is reset, 0 for never. `tls`: whether the link is
    the library's whole one, above a board's sockets, names and TLS; `board`: from and until when
    which of these fails it (BOARD, and "untold": device/sockets.py). `hooks`: what else of the
    program misbehaves (HOOKS); `unset`: how often the board does not reset when it is to.
    `restarts`: whether the program begins anew when a handler has ended it, or goes on. `tasks`:
    its loop is that of asyncio, and handlers may be async. `seed` is that of the device's random
    numbers and the faults'. By `limit_ms` all must be over. `tries`: what it is an example of, by
    which `sample` chooses.
    """

    name: str
    acts: tuple[Act, ...]
    link: str = MQTT
    objects: dict[str, bytes] = dataclasses.field(default_factory=dict)
    faults: tuple[dict, ...] = ()
    faults_end_ms: int | None = None
    quotas: dict[str, float] = dataclasses.field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()
    offline: tuple[tuple[int, int], ...] = ()
    latency_ms: int = 0
    keep_alive_ms: int = LIMIT_MS
    agent: dict[str, Any] = dataclasses.field(default_factory=dict)
    link_settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    rate: int | None = None
    streams: dict[str, Any] = dataclasses.field(default_factory=dict)
    flash_blocks: int = 16
    rival: tuple[int, int, int] | None = None
    rival_works: bool = False
    full: tuple[tuple[int, int, str], ...] = ()
    watchdog_ms: int = 0
    tls: bool = False
    board: tuple[tuple[int, int, str], ...] = ()
    hooks: tuple[str, ...] = ()
    unset: int = 0
    restarts: bool = True
    tasks: bool = False
    seed: int = 1
    limit_ms: int = LIMIT_MS
    tries: tuple = ()

    def with_(self, **changes: Any) -> "Schedule":
        """Another one, of which this is different."""
        # As dataclasses.replace, in a fifth of its time: matrices have a hundred thousand of them.
        unknown = changes.keys() - self.__dict__.keys()
        if unknown:
            raise TypeError(f"a schedule has no {', '.join(sorted(unknown))}")
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, **changes)
        return other

    def max_starts(self) -> int:
        """So often may the agent start a handler that resets interrupt."""
        return self.agent.get("max_starts", _MAX_STARTS)

    def job_timeout_ms(self) -> int:
        """For how long a job may get nowhere."""
        return self.agent.get("job_timeout_minutes", _JOB_TIMEOUT_MINUTES) * 60_000

    def for_device(self) -> bytes:
        """What the device must know of it."""
        return json.dumps(
            {
                "thing": THING,
                "seed": self.seed,
                "cuts": self.cuts,
                "streams": self.streams,
                "flash_blocks": self.flash_blocks,
                "offline": self.offline,
                "full": self.full,
                "watchdog_ms": self.watchdog_ms,
                "tls": self.tls,
                "board": self.board,
                "hooks": self.hooks,
                "unset": self.unset,
                "restarts": self.restarts,
                "tasks": self.tasks,
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


def s3_location(key: str) -> dict:
    """Where an object of a schedule is, for CreateStream and CreateOTAUpdate."""
    return {"s3Location": {"bucket": BUCKET, "key": key}}


def create(at_ms: int, job_id: str, operation: str, config: dict | None = None, **document) -> Act:
    """The act of creating a job whose document names `operation` (device/handlers.py)."""
    text = json.dumps({"operation": operation, **document})
    return Act(at_ms, "create_job", {"jobId": job_id, "document": text, **(config or {})})
