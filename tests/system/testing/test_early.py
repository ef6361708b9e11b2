"""In which order workers are given the tests: what takes long begins first, on each of them."""

import pytest
from testing.plugin import _early_first


class Item:
    """As much of a test as is asked for."""

    def __init__(self, name, early):
        self.name = name
        self.early = early

    def get_closest_marker(self, name):
        return (name == "early" and self.early) or None


@pytest.mark.parametrize(("workers", "waiting"), [(1, 1), (2, 1), (4, 2), (7, 5)])
def test_the_workers_that_wait_begin_with_what_takes_long(workers, waiting):
    items = [Item(number, number % 10 == 9) for number in range(100)]
    ordered = _early_first(items, workers, 2)
    assert sorted(item.name for item in ordered) == list(range(100))
    pieces = [ordered[100 * n // workers : 100 * (n + 1) // workers] for n in range(workers)]
    early = [[item.early for item in piece] for piece in pieces]
    assert [begins[0] for begins in early] == [True] * waiting + [False] * (workers - waiting)
    assert all(begins == sorted(begins, reverse=True) for begins in early)
    counts = [sum(begins) for begins in early[:waiting]]
    assert (sum(counts), max(counts) - min(counts) <= 1) == (10, True)
    others = [item.name for item in ordered if not item.early]
    assert others == sorted(others)


def test_none_is_lost_where_most_take_long():
    items = [Item(number, number > 1) for number in range(10)]
    ordered = _early_first(items, 5, 2)
    assert sorted(item.name for item in ordered) == list(range(10))


def test_without_any_the_order_stays():
    items = [Item(number, False) for number in range(10)]
    assert _early_first(items, 3, 2) == items
