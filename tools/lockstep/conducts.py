"""How handlers misbehave, and how their jobs may end: of device/conducts.py each by its name, and
what there is in device/misbehaviour.py.
"""

import ast
import pathlib
from collections.abc import Iterable
from typing import NamedTuple

_DEVICE = pathlib.Path(__file__).parent / "device"
_ANY = frozenset({"SUCCEEDED", "FAILED", "REJECTED"})


class Conduct(NamedTuple):
    """`ends`: the statuses in which the job may end that nobody else ends; `reason`: what the
    agent then says if it is FAILED. `hangs`: the watchdog may reset the board. `is_endless`: only
    the limit in time ends it.
    """

    ends: frozenset = frozenset({"SUCCEEDED"})
    reason: str = ""
    hangs: bool = False
    is_endless: bool = False


_FAILED = frozenset({"FAILED"})
_HANGS = Conduct(_FAILED, "interrupted by", hangs=True)
_RESETS = Conduct(_FAILED, "interrupted by")
_RESETS_ON = Conduct(_FAILED, "resets")
_LEAVES = Conduct(_FAILED)
_ENDLESS = Conduct(_FAILED, "no progress for", is_endless=True)

CONDUCTS = {
    "hangs": _HANGS,
    "hangs_later": _HANGS,
    "hangs_offline": _HANGS,
    "hangs_where_it_was": _HANGS,
    "hangs_in_its_clean_up": _HANGS,
    "hangs_further_on": Conduct(_FAILED | {"SUCCEEDED"}, "interrupted by", hangs=True),
    "reports_for_ever": _HANGS,
    "resets_the_board": _RESETS,
    "resets_the_board_later": _RESETS,
    "resets_for_ever": _RESETS_ON,
    "keeps_and_resets_for_ever": _RESETS_ON,
    "swallows_its_reset": Conduct(),
    "leaves": _LEAVES,
    "leaves_later": _LEAVES,
    "is_interrupted": _LEAVES,
    "leaves_in_its_clean_up": _LEAVES,
    "exhausts_the_memory": Conduct(_FAILED, "MemoryError"),
    "asks_for_too_much": Conduct(_FAILED, "MemoryError"),
    "recurses": Conduct(_FAILED, "RuntimeError"),
    "recurses_and_reports": Conduct(_FAILED, "RuntimeError"),
    "recurses_and_cleans_up": Conduct(_FAILED, "RuntimeError"),
    "never_ends": _ENDLESS,
    "never_ends_and_reports": _ENDLESS,
    "never_ends_and_keeps": _ENDLESS,
    "never_ends_nor_closes": _ENDLESS,
    "polls": Conduct(),
    "polls_and_fails": Conduct(_FAILED, "agent.poll"),
    "runs_once": Conduct(_FAILED, "agent.poll"),
    "swallows": Conduct(),
    "stays_offline": Conduct(),
    "stays_offline_and_fails": Conduct(_FAILED, "why"),
    "drops_the_link": Conduct(),
    "cleans_up": Conduct(),
    "cleans_up_by_a_reset": Conduct(),
    "cleans_up_slowly": Conduct(),
    "cleans_up_by_failing": Conduct(_FAILED, "OSError"),
}
# Of device/task_conducts.py.
_DEAF = "is_deaf_to_its_end"
TASK_CONDUCTS = {
    "awaits_for_ever": _ENDLESS,
    "awaits_an_event": _ENDLESS,
    "awaits_and_reports_for_ever": _ENDLESS,
    "awaits_and_keeps_for_ever": _ENDLESS,
    _DEAF: _ENDLESS,
    "hangs_in_a_task": _HANGS,
    "resets_the_board_in_a_task": _RESETS,
    "leaves_in_a_task": _LEAVES,
    "fails_in_a_task": Conduct(_FAILED, "ValueError"),
    "fails_in_another_task": Conduct(_FAILED, "ValueError"),
    "recurses_in_a_task": Conduct(_FAILED, "RuntimeError"),
    "asks_for_too_much_in_a_task": Conduct(_FAILED, "MemoryError"),
    "resets_in_a_task": Conduct(),
    "resets_for_ever_in_a_task": _RESETS_ON,
    "resets_in_another_task": Conduct(),
    "reports_in_another_task": Conduct(),
    "is_cancelled_by_another_task": Conduct(_FAILED, "cancelled"),
    "cleans_up_in_a_task": Conduct(),
    "cleans_up_by_failing_in_a_task": Conduct(_FAILED, "OSError"),
    "polls_in_a_task": Conduct(),
}
ODD = Conduct(_ANY)  # whatever is handed over


def _assigned(name: str) -> list:
    tree = ast.parse((_DEVICE / "misbehaviour.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return node.value.elts
    raise ValueError(f"misbehaviour.py has no {name}")


VALUES = len(_assigned("VALUES"))
PLACES = tuple(place.id for place in (*_assigned("PLACES"), *_assigned("RESETS")))


def inputs(document: dict) -> list[dict]:
    """What a job's handlers are given: its document, or of each step the input."""
    if "steps" in document and "version" in document:
        return [step["action"]["input"] for step in document["steps"]]
    return [document]


def of_document(document: dict) -> list[Conduct]:
    """How the handlers of a job misbehave: none for those that do not."""
    found = []
    for given in inputs(document):
        if "conduct" in given:
            conduct = given["conduct"]
            found.append(CONDUCTS.get(conduct) or TASK_CONDUCTS[conduct])
        elif "place" in given:
            found.append(ODD)
    return found


def is_in_a_task(given: dict) -> bool:
    """Whether the handler that is given this is async."""
    return given.get("conduct") in TASK_CONDUCTS


def are_deaf(documents: Iterable[dict]) -> bool:
    """Whether one of these jobs has a task that never ends: then no later one has a task."""
    return any(
        given.get("conduct") == _DEAF for document in documents for given in inputs(document)
    )
