"""How much of its slot an ESP32's image fills: what of it is told, and what is refused."""

import pytest
from building import slots
from building.making import BuildError
from frozen import ROOT
from partition_tables import APP, DATA, OTADATA, slot, table, two_slots

NVS = ("nvs", DATA, 2, 0x4000)
FACTORY = ("factory", APP, 0, 1000)


def folder_of(folder, rows, size):
    """What a build leaves: an image of this size, and a table."""
    (folder / "partition_table").mkdir()
    (folder / slots.TABLE).write_bytes(table(*rows))
    (folder / slots.IMAGE).write_bytes(b"i" * size)
    return folder


def own_slots():
    """The sizes of the slots in the table of our boards."""
    text = (ROOT / "boards" / "esp32" / "partitions.csv").read_text()
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    return [int(row[4], 0) for row in rows if row[0].startswith("ota_")]


@pytest.mark.parametrize(
    "size",
    [
        1_629_424,  # measured: an ESP32-C3's image with the library
        0x180000 + 102_360,  # computed: the longest that MicroPython's own slots hold, and it
    ],
)
def test_our_boards_leave_a_tenth_of_a_slot_free(size):
    assert len(own_slots()) == 2
    for slot_size in own_slots():
        assert size <= (1 - slots.LEAST_FREE) * slot_size


def test_the_share_is_that_of_the_smallest_slot(tmp_path):
    rows = (NVS, OTADATA, slot(0, 2000), slot(1, 1000))
    found = slots.share(folder_of(tmp_path, rows, 950))
    assert found == (950, 1000)
    assert slots.told(found) == "950 bytes, 95.0% of a slot of 1,000"


@pytest.mark.parametrize(
    ("rows", "size", "told"),
    [
        ((NVS, FACTORY), 900, "its table of partitions has 0 slots"),
        ((NVS, OTADATA, slot(0, 1000)), 900, "its table of partitions has 1 slots"),
        ((NVS, FACTORY, OTADATA, slot(0, 1000)), 900, "has 1 slots"),
        (two_slots(1000), 900, "two and otadata are needed"),
        ((OTADATA, *two_slots(1000)), 1001, "its image has 1,001 bytes, a slot 1,000"),
        ((OTADATA, slot(0, 2000), slot(1, 1000)), 1001, "a slot 1,000"),
    ],
)
def test_what_no_job_could_update_is_refused(tmp_path, rows, size, told):
    with pytest.raises(BuildError, match=told):
        slots.share(folder_of(tmp_path, rows, size))


def test_an_image_that_fills_its_slot_is_not_refused(tmp_path):
    rows = (OTADATA, *two_slots(1000))
    assert slots.share(folder_of(tmp_path, rows, 1000)) == (1000, 1000)


def test_a_build_that_left_no_table_is_refused(tmp_path):
    (tmp_path / slots.IMAGE).touch()
    with pytest.raises(BuildError, match="the build left no image in a slot"):
        slots.share(tmp_path)
