"""The tables of tools/bench for which firmware is built."""

import itertools

import pytest
from benches import imports, pico
from building import builds
from test_bench import bench, rows_of

pytestmark = pytest.mark.exhaustive


def test_what_an_import_takes_frozen_from_mpy_and_from_source(tmp_path):
    builds.build("unix")  # which may take longer than a table
    rows = rows_of(bench(tmp_path, "import")["import"])
    assert [row["imported"] for row in rows] == ["nothing", "JobsAgent, MQTTLink"]
    nothing, agent = rows
    for place in imports.PLACES:
        assert nothing[place] < 1024 <= nothing[f"KiB for {place}"] * 1024
        assert agent[f"KiB for {place}"] * 1024 > agent[place]
    for figure in ("{}", "KiB for {}"):
        frozen, mpy, source = (agent[figure.format(place)] for place in imports.PLACES)
        assert nothing[figure.format("frozen")] < frozen < mpy < source


def test_what_the_library_takes_of_a_pico(tmp_path):
    frozen, without = (build() for build in pico.FIRMWARES)
    tables = bench(tmp_path, "pico")
    assert set(tables) == {"pico-flash", "pico", "pico-times"}
    with_it, without_it, added, mpy = (row[1] for row in tables["pico-flash"]["rows"])
    assert (with_it, without_it, added) == (frozen.size, without.size, frozen.size - without.size)
    assert 0.8 * mpy < added < 1.5 * mpy
    rows = rows_of(tables["pico"])
    assert [row["after importing"] for row in rows] == ["boot", *pico.IMPORTED]
    for before, row in itertools.pairwise(rows):
        for place in ("frozen", ".mpy"):
            assert row[f"{place}, held"] == before[f"{place}, free"] - row[f"{place}, free"]
        assert 0 < row["frozen, held"] < row[".mpy, held"]
        assert 0 < row["frozen, ms"] < row[".mpy, ms"]
    times = dict(tables["pico-times"]["rows"])
    assert list(times) == [shown for name, shown in pico.CALLS.items() if name != "verify"]
    by_name = {name: times.get(shown) for name, shown in pico.CALLS.items()}
    assert 0 < by_name["viper"] < by_name["json"] < by_name["plain"] < 1000
    assert 0 < by_name["poll"] < by_name["update"] < 1000
