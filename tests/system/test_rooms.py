"""The library's imports run downward only, between its rooms and within them."""

import environment
import pytest
from imports import arrows_of, between_rooms, circles_of_files, room_of

# From the ground up: a room imports those of the lines above its own, and what is at the door is a
# room each.
FLOORS = (
    ("codec", "outcomes"),
    ("files", "topics"),
    ("messages",),
    ("client", "links"),
    ("agent", "aio", "fetch"),
    ("updates",),
    ("handlers",),
)


@pytest.fixture(scope="module")
def arrows():
    return arrows_of(environment.LIB / "iotjobs")


def test_each_room_has_its_floor(arrows):
    rooms = {room_of(path) for path in arrows} - {"__init__"}
    assert sorted(rooms) == sorted(room for floor in FLOORS for room in floor)


def test_no_room_imports_one_of_its_own_floor_or_above(arrows):
    floor_of = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    upward = [
        imported
        for (room, other), imports in between_rooms(arrows).items()
        for imported in imports
        if room in floor_of and floor_of.get(other, -1) >= floor_of[room]
    ]
    assert upward == []


def test_no_file_is_in_a_circle(arrows):
    assert circles_of_files(arrows) == []
