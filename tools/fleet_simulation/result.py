"""What came of a story: when who was served, what it cost a board, what was refused."""

import math
from typing import NamedTuple

from .service import LEVELS, RATES

# About so many bytes, both ways, with what TLS adds to each record (29), without TCP and IP.
HANDSHAKE_BYTES = 3_500  # mutual TLS with EC keys; CONNECT and its answer
SUBSCRIBE_BYTES = 220
REQUEST_BYTES = 500
PING_BYTES = 62
DAY_S = 86_400
SHARES = (0.5, 0.99, 1.0)


class Result(NamedTuple):
    """`times_s`: after how many seconds half, 99 % and all were served; infinite where they were
    not. `best_s`: when the quotas would have allowed that. The rest is a board's share.
    """

    times_s: tuple[float, ...]
    best_s: tuple[float, ...]
    served: int
    wanted: int
    connections: float  # TLS handshakes
    unanswered: float  # connections tried that nobody answered
    requests: float
    bytes: float
    refused: dict[str, int]

    def ratio(self) -> float:
        """How much later than the quotas allow 99 % were served; infinite if they were not."""
        if math.inf in (self.times_s[1], self.best_s[1]):
            return math.inf
        return self.times_s[1] / self.best_s[1]


def of(run) -> Result:
    """Of a `stories.Run`."""
    boards = run.boards
    served = sorted(boards.served)
    each = max(1, run.wanted)
    spent = (
        boards.handshakes * HANDSHAKE_BYTES
        + boards.subscribes * SUBSCRIBE_BYTES
        + boards.requests * REQUEST_BYTES
    )
    return Result(
        tuple(_when(served, run.wanted * share, run.from_ms) for share in SHARES),
        tuple(run.best_ms(share) / 1_000 for share in SHARES),
        len(served),
        run.wanted,
        boards.handshakes / each,
        boards.unanswered / each,
        boards.requests / each,
        spent / each,
        {name: boards.service.refused[name] for name in (*RATES, *LEVELS)},
    )


def _when(served, number, from_ms):
    at = max(1, math.ceil(number - 1e-6)) - 1
    return (served[at] - from_ms) / 1_000 if at < len(served) else math.inf


def idle_day(conduct) -> tuple[float, float]:
    """Requests and bytes of a board on a day on which nothing happens."""
    requests = DAY_S * 1_000 / conduct.poll_ms
    pings = DAY_S * 2 / conduct.keepalive if conduct.keepalive else 0
    return requests, requests * REQUEST_BYTES + pings * PING_BYTES


def text(story: str, devices: int, result: Result, conduct) -> str:
    """For a person."""
    half, most, last = (_seconds(time) for time in result.times_s)
    lines = [
        f"{story}, {devices:,} boards:",
        f"  half are served after {half}, 99 % after {most}, all after {last}",
        f"  the quotas allow {', '.join(_seconds(time) for time in result.best_s)}",
        f"  a board: {result.connections:.2f} connections, {result.unanswered:.2f} tried in vain, "
        f"{result.requests:.2f} requests, about {result.bytes / 1_000:.1f} kB",
    ]
    if result.served < result.wanted:
        lines.append(f"  never: {result.wanted - result.served:,} boards")
    beyond = [f"{name} {count:,}" for name, count in result.refused.items() if count]
    lines.append(f"  refused beyond a quota: {', '.join(beyond) or 'nothing'}")
    requests, size = idle_day(conduct)
    lines.append(f"  an idle day of a board: {requests:.1f} requests, about {size / 1e3:.0f} kB")
    return "\n".join(lines)


def _seconds(time):
    return "never" if time == math.inf else f"{time:,.1f} s"
