"""In which order workers are given the tests: what waits begins first, in whole folders."""

import itertools

import environment
import pytest
from testing.plugin import _in_pieces

TESTS = environment.ROOT / "tests"


class Item:
    """As much of a test as is asked for."""

    def __init__(self, number, *place):
        self.number = number
        self.path = TESTS.joinpath(*place, "test_it.py")

    def __repr__(self):
        return f"{self.number} of {self.path.parent.name}"


def made(**folders):
    """So many tests of tests/emulator, and of each of these folders of tests/system."""
    numbers = itertools.count()
    counts = {("emulator",): folders.pop("emulator", 0)}
    counts.update({("system", name): count for name, count in folders.items()})
    return [Item(next(numbers), *place) for place, count in counts.items() for _ in range(count)]


def folders(piece):
    """The folders of its tests, in their order, without those that follow themselves."""
    return [name for name, _ in itertools.groupby(item.path.parent.name for item in piece)]


@pytest.mark.parametrize(
    ("workers", "begin"),
    [
        (1, [["a", "b", "c", "d", "emulator"]]),
        (2, [["a", "c", "emulator"], ["b", "d", "emulator"]]),
        (4, [[name, "emulator"] for name in "abcd"]),
        (5, [*([name, "emulator"] for name in "abcd"), ["emulator"]]),
    ],
)
def test_each_worker_begins_with_whole_folders_of_what_waits(workers, begin):
    items = made(emulator=65, a=10, b=7, c=3, d=15)
    ordered = _in_pieces(items, workers)
    pieces = [ordered[100 * n // workers : 100 * (n + 1) // workers] for n in range(workers)]
    assert [folders(piece) for piece in pieces] == begin
    others = [item for item in ordered if item.path.parent.name == "emulator"]
    assert others == items[:65]


def test_none_is_lost_where_a_folder_has_more_than_a_piece():
    items = made(emulator=2, a=1, b=20, c=3)
    ordered = _in_pieces(items, 5)
    assert sorted(item.number for item in ordered) == list(range(26))
    assert folders(ordered[:5]) == ["a", "emulator", "b"]


def test_where_nothing_waits_the_order_stays():
    items = made(emulator=10)
    assert _in_pieces(items, 3) == items
