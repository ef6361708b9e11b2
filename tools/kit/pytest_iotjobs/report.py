"""What pytest shows of a test that failed: what its board printed and told, and its jobs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .device import Device

SERVICE = pytest.StashKey["Service"]()
DEVICE = pytest.StashKey["Device"]()
_CHARACTERS, _EVENTS = 20_000, 60  # the last ones


def sections(item: pytest.Item, error: BaseException | None) -> list[tuple[str, str]]:
    """Titles and texts. `error`: by which the test failed. Where that is a wait whose time was
    over, the program is stopped.
    """
    device, service = item.stash.get(DEVICE, None), item.stash.get(SERVICE, None)
    found = []
    if service is not None:
        found += [("jobs", "\n".join(map(_job, service.jobs)))]
    if device is not None and device.is_started:
        found += [("the board told", _events(device)), ("the board printed", _output(device))]
        if getattr(error, "is_late", False):
            found += [("Ctrl-C shows where the program is", device.where())]
    return [(title, text) for title, text in found if text]


def _job(job) -> str:
    lines = [f"{job.id} for {job.thing}"]
    lines += [f"  {step.status:<11} {_words(step.details)}".rstrip() for step in job.history]
    return "\n".join(lines)


def _events(device: Device) -> str:
    events = device.events
    lines = [_words(event) for event in events[-_EVENTS:]]
    if len(events) > _EVENTS:
        lines.insert(0, f"… {len(events) - _EVENTS} before …")
    return "\n".join(lines)


def _output(device: Device) -> str:
    text = device.output
    if len(text) > _CHARACTERS:
        return f"… {len(text) - _CHARACTERS:,} characters before …\n{text[-_CHARACTERS:]}"
    return text


def _words(members: dict) -> str:
    return ", ".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in members.items()
    )
