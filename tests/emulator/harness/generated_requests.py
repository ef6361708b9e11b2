"""Requests that a device could publish: right ones, nearly right ones, and noise. Repeatable."""

import json
import random
import string
from collections.abc import Callable

WORDS = ("get", "update", "start-next", "notify", "notify-next", "accepted", "rejected", "$next")
STATUSES = ("IN_PROGRESS", "SUCCEEDED", "FAILED", "REJECTED", "QUEUED", "CANCELED", "DONE", "")
_CHARACTERS = string.printable + "äß€\U0001f600\u200b\u2028\x00"
_NUMBERS = (0, 1, 2, 3, -1, 10_080, 10_081, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 1.0, 1e300)


class Requests:
    """`next(job_ids)` is the levels below `jobs/` and a payload of the next request."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)

    def next(self, job_ids: list[str]) -> tuple[str, bytes]:
        return self._rest(job_ids), self._one_of(
            (6, lambda: self._dumped(self._valid())),
            (3, lambda: self._dumped(self._nearly_valid())),
            (3, lambda: damaged(self._random, self._dumped(self._valid()))),
            (1, lambda: self._dumped(self._json(4))),
            (1, lambda: self._random.randbytes(self._random.randrange(40))),
            (0.05, lambda: self._long()),
        )

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def _rest(self, job_ids: list[str]) -> str:
        pick = self._random.choice
        return self._one_of(
            (2, lambda: "get"),
            (2, lambda: "start-next"),
            (2, lambda: "$next/get"),
            (8, lambda: f"{pick(job_ids)}/{pick(('get', 'update', 'update'))}"),
            (1, lambda: f"{self._text(6)}/{pick(('get', 'update'))}"),
            (1, lambda: "/".join(pick((*WORDS, *job_ids, "")) for _ in range(pick((1, 2, 3, 9))))),
            (1, lambda: self._text(30)),
        )

    def _valid(self) -> dict:
        pick, members = self._random.choice, {}
        for name, make in {
            "clientToken": lambda: self._text(9) + "t",
            "status": lambda: pick(STATUSES[:4]),
            "statusDetails": lambda: {f"k{n}": f"{n}" for n in range(pick((0, 1, 3, 12)))},
            "expectedVersion": lambda: pick((1, 2, 3, "1", "2")),
            "executionNumber": lambda: pick((1, 1, 1, 2)),
            "stepTimeoutInMinutes": lambda: pick((-1, 1, 5, 10_080)),
            "includeJobDocument": lambda: pick((True, False)),
            "includeJobExecutionState": lambda: pick((True, False)),
        }.items():
            likely = {"status": 0.9, "expectedVersion": 0.1, "executionNumber": 0.2}
            if self.chance(likely.get(name, 0.4)):
                members[name] = make()
        return members

    def _nearly_valid(self) -> dict:
        members = self._valid()
        for name in [*members] or ["clientToken"]:
            if self.chance(0.3):
                members[name] = self._random.choice((*_NUMBERS, *STATUSES, self._json(2)))
        return members

    def _json(self, depth: int) -> object:
        pick = self._random.choice
        leaf = pick((None, True, False, self._text(8), pick(_NUMBERS), "\ud800", float("nan")))
        if depth == 0 or self.chance(0.3):
            return leaf
        inner = [self._json(depth - 1) for _ in range(self._random.randrange(4))]
        return pick((leaf, inner, {self._text(5): item for item in inner}))

    def _long(self) -> bytes:
        return self._random.choice(
            (b"[" * 60_000, b'{"a":' * 20_000, b'{"clientToken":"' + b"x" * 100_000 + b'"}',
             b'{"expectedVersion":' + b"9" * 100_000 + b"}", b'{"statusDetails":{'
             + b",".join(b'"k%d":"v"' % n for n in range(9_000)) + b"}}")
        )  # fmt: skip

    def _text(self, most: int) -> str:
        return "".join(self._random.choices(_CHARACTERS, k=self._random.randrange(most)))

    def _dumped(self, value: object) -> bytes:
        return json.dumps(value, ensure_ascii=self.chance(0.5)).encode(errors="surrogatepass")

    def _one_of(self, *weighted: tuple[float, Callable]) -> object:
        weights = [weight for weight, _ in weighted]
        return self._random.choices(weighted, weights)[0][1]()


def damaged(chosen: random.Random, data: bytes) -> bytes:
    """A few bytes are others, more or fewer."""
    made = bytearray(data)
    for _ in range(chosen.randrange(1, 4)):
        at = chosen.randrange(len(made) + 1)
        until = at + chosen.randrange(3)
        made[at:until] = chosen.randbytes(chosen.randrange(3))
    return bytes(made)
