"""In which order workers are given the tests: what takes long begins first, on each of them."""

import itertools

import pytest
from testing.plugin import _early_first


class Item:
    """As much of a test as is asked for."""

    def __init__(self, name, early):
        self.name = name
        self.early = early

    def get_closest_marker(self, name):
        return (name == "early" and self.early) or None


@pytest.mark.parametrize("workers", [1, 2, 4, 7])
def test_each_worker_begins_with_its_part_of_what_takes_long(workers):
    items = [Item(number, number % 10 == 9) for number in range(100)]
    ordered = _early_first(items, workers)
    assert sorted(item.name for item in ordered) == list(range(100))
    begins = [one.early and not before.early for before, one in itertools.pairwise(ordered)]
    assert ordered[0].early
    assert begins.count(True) == workers - 1
    others = [item.name for item in ordered if not item.early]
    assert others == sorted(others)


def test_without_any_the_order_stays():
    items = [Item(number, False) for number in range(10)]
    assert _early_first(items, 3) == items
