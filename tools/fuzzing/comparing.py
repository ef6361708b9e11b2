"""Differential fuzzing: what the device's reader and writer make of cases by hypothesis, compared
with what CPython's `json` makes of them.

The cases come in rounds; a round follows from the seed, its number, and the versions of Python and
of hypothesis. A case that fails is made as small as it still fails.
"""

import base64
import contextlib
import json
import re
import time

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from . import oracle, strategies
from .counts import Counts
from .generated import SETTINGS
from .process import Device, DeviceGoneError

_DOCUMENTS = 50  # in a round
_BATCH = 100  # texts
_WRITINGS = 20
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
# What CPython accepts, and therefore does not say the place of.
_BY_DESIGN = {
    # Inside the half's own escape, or inside the one that is not its other half.
    "half a surrogate pair": lambda case, at: _HALF.search(case, max(at - 10, 0), at + 1),
    "nested deeper than 32 levels": lambda case, at: case[at] in b"[{",
}


def _records(parent):
    # The names in strategies.TABLE below its line `parent`, as scan.read takes them.
    records = b""
    count = 0
    for line, (above, name) in enumerate(strategies.TABLE, 1):
        if above == parent:
            inner, inner_count = _records(line)
            raw = name.encode()
            records += bytes((1 + len(raw), 2 * inner_count, len(inner))) + raw + inner
            count += 1 + inner_count
    return (records + b"\0" if records else b""), count


_NAMES = bytes((len(strategies.TABLE),)) + _records(0)[0]


class DisagreementError(Exception):
    """The device and CPython differ. `replay`: the argument with which the case comes again."""

    def __init__(self, text, replay=None):
        super().__init__(text)
        self.replay = replay


class Fuzzer:
    """Compares one interpreter with CPython; `counts` has what was compared."""

    def __init__(self, interpreter):
        self._interpreter = interpreter
        self._device = Device(interpreter)
        self.twins = self._device.twins
        self.counts = Counts()
        self._seen = set()

    def close(self):
        self._device.close()

    def run(self, cases, seed=0, seconds=None, progress=lambda counts: None):
        """Compare `cases` different texts, and a request for every ten of them, or as many as
        there is time for. Raises DisagreementError.
        """
        started = time.monotonic()
        number = 0
        while self.counts.cases < cases:
            texts = []
            for document, chance in _drawn(seed, number, _documents, _DOCUMENTS):
                texts += strategies.readings(document, chance)
            texts = [case for case in dict.fromkeys(texts) if hash(case) not in self._seen]
            texts = texts[: cases - self.counts.cases]
            self._seen.update(map(hash, texts))
            for at in range(0, len(texts), _BATCH):
                self.compare_readings(texts[at : at + _BATCH])
            if self.counts.sent + self.counts.unsent < self.counts.cases // 10:
                for writing in _drawn(seed, number, strategies.writings, _WRITINGS):
                    self.compare_writing(writing)
            number += 1
            self.counts.seconds = time.monotonic() - started
            progress(self.counts)
            if seconds and self.counts.seconds > seconds:
                break
        return self.counts

    def compare_readings(self, cases):
        """Compare what the twins make of the cases, (bytes, tail), with what CPython does."""
        wanted = [_expected(case) for case, _ in cases]
        batch = [
            [case, tail, asked] for (case, tail), (_, asked, _) in zip(cases, wanted, strict=True)
        ]
        for twin in self.twins:
            try:
                answers = self._device.ask(["read", twin, _NAMES, batch])
            except DeviceGoneError as error:
                if len(cases) > 1:
                    self._find_deadly(cases)
                raise DisagreementError(f"{twin}: {error}", _replay_of(*cases[0])) from None
            for (case, tail), answer, expected in zip(cases, answers, wanted, strict=True):
                if _wrong(case, answer, expected):
                    raise self._smallest(twin, case, tail)
        for _, asked, refused_from in wanted:
            if refused_from is None:
                self.counts.accepted += 1
                self.counts.values += len(asked) + len(strategies.TABLE)
            else:
                self.counts.refused += 1

    def compare_writing(self, writing):
        """Compare what the twins publish for some requests with what was asked for."""
        direct, payload_size, requests = writing
        what = ["write", None, direct, oracle.THING_NAME, payload_size, requests]
        for twin in self.twins:
            what[1] = twin
            try:
                answers = self._device.ask(what)
            except DeviceGoneError as error:
                raise DisagreementError(f"{twin}: {error}: {requests}") from None
            for (method, arguments), answer in zip(requests, answers, strict=True):
                wrong = oracle.wrong(method, arguments, payload_size, *answer)
                if wrong:
                    raise DisagreementError(
                        f"{twin}: {method}({arguments}) into {payload_size} bytes: {wrong}"
                    )
        self.counts.sent += sum(1 for raised, _ in answers if not raised)
        self.counts.unsent += sum(1 for raised, _ in answers if raised)

    def _difference(self, twin, case, tail):
        expected = _expected(case)
        answer = self._device.ask(["read", twin, _NAMES, [[case, tail, expected[1]]]])[0]
        return _wrong(case, answer, expected)

    def _smallest(self, twin, case, tail):
        # Takes the shortest value inside that is wrong too, then leaves out what can be left out,
        # in smaller and smaller pieces.
        for part in _values_in(case):
            if self._difference(twin, part, tail):
                case = part
                break
        size = len(case)
        while size:
            at = 0
            while at < len(case):
                shorter = case[:at] + case[at + size :]
                if self._difference(twin, shorter, tail):
                    case = shorter
                else:
                    at += size
            size //= 2
        if self._difference(twin, case, b""):
            tail = b""
        text = f"{twin}: {case!r}, before {tail!r}: {self._difference(twin, case, tail)}"
        return DisagreementError(text, _replay_of(case, tail))

    def _find_deadly(self, cases):
        for case in cases:
            self._device.close()
            self._device = Device(self._interpreter)
            self.compare_readings([case])


def replay(interpreter, text):
    """Compare one case, as a DisagreementError has named it."""
    case, tail = (base64.urlsafe_b64decode(part) for part in text.split("."))
    fuzzer = Fuzzer(interpreter)
    try:
        fuzzer.compare_readings([(case, tail)])
    finally:
        fuzzer.close()
    return fuzzer.counts


def _replay_of(case, tail):
    return ".".join(base64.urlsafe_b64encode(part).decode() for part in (case, tail))


def _values_in(case):
    # The JSON values of which the case is made, the shortest first.
    decoder = json.JSONDecoder()
    text = case.decode("latin-1")
    found = set()
    for at in range(len(text)):
        with contextlib.suppress(ValueError, RecursionError):
            found.add(case[at : decoder.raw_decode(text, at)[1]])
    return sorted(found, key=len)


_documents = strategies.st.tuples(strategies.documents, strategies.st.integers(0, 2**64))


def _drawn(seed, number, strategy, count):
    drawn = []

    @seeded(seed << 32 | number)
    @settings(
        SETTINGS,
        max_examples=count,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value):
        drawn.append(value)

    draw()
    return drawn


def _expected(case):
    # What `read` must answer, the paths to ask for, and from where on the case may be refused.
    try:
        tree = oracle.parse(case)
    except oracle.RefusedError as error:
        return None, [], error.position
    asked = oracle.paths(tree)
    return oracle.reading(tree, asked), asked, None


def _wrong(case, answer, expected):
    # What is wrong with an answer, a sentence; "" if it is as it must be.
    wanted, asked, refused_from = expected
    if answer[0] == "raised":
        return f"raised {answer[1]}"
    if wanted is not None:
        if oracle.agree(answer, wanted):
            return ""
        return f"{answer} for the paths {asked}, not {wanted}"
    if answer[0]:
        return f"accepted, which CPython refuses from position {refused_from} on"
    _, reason, position, doubt = answer
    if reason in _BY_DESIGN:
        if not _BY_DESIGN[reason](case, position):
            return f"{reason} at {position}, where none is"
    elif position < refused_from:
        return f"{reason} at {position}, but all is well up to {refused_from}"
    return doubt and f"{reason} at {position}: {doubt}"
