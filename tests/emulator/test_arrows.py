"""The emulator's imports run one way, between its files and between its rooms."""

from pathlib import Path

import iotjobs_emulator
import pytest
from imports import arrows_of, between_rooms, circles_of_files, circles_of_rooms

EMULATOR = Path(iotjobs_emulator.__file__).parent


@pytest.fixture(scope="module")
def arrows():
    return arrows_of(EMULATOR)


@pytest.mark.parametrize("circles_of", [circles_of_files, circles_of_rooms])
def test_nothing_of_the_emulator_is_in_a_circle(arrows, circles_of):
    circles = circles_of(arrows)
    assert not circles, "\n".join(circles)


def test_the_arrows_of_the_emulator_are_read(arrows):
    assert "mqtt/connection.py" in arrows["mqtt/broker.py"]
    assert "mqtt/broker.py imports faults/__init__.py" in between_rooms(arrows)["mqtt", "faults"]


# --- and a circle is seen, wherever it is made


def arrows_in(folder, files):
    """The arrows of a package `house`, which has these files: path to text."""
    house = folder / "house"
    for name, text in {"__init__.py": "", **files}.items():
        (house / name).parent.mkdir(parents=True, exist_ok=True)
        (house / name).write_text(text)
    return arrows_of(house)


@pytest.mark.parametrize(
    "back",
    [
        "from .broker import Broker",
        "from . import broker",
        "from . import session, broker as b",
        "from .broker import *",
        "from ..mqtt import broker",
        "from ..mqtt.broker import Broker",
        "import house.mqtt.broker",
        "import os, house.mqtt.broker as b",
        "from house.mqtt import broker",
        "from house.mqtt.broker import Broker",
        "def f():\n    from .broker import Broker",
        "class C:\n    def f(self):\n        import house.mqtt.broker",
        "if TYPE_CHECKING:\n    from .broker import Broker",
        "try:\n    from .broker import Broker\nexcept ImportError:\n    pass",
    ],
)
def test_an_import_closes_a_circle_in_every_form(tmp_path, back):
    broker = "from .link import Link"
    files = {"mqtt/broker.py": broker, "mqtt/link.py": back, "mqtt/session.py": ""}
    read = arrows_in(tmp_path, files)
    assert circles_of_files(read) == [
        "mqtt/broker.py, mqtt/link.py are in a circle: "
        "mqtt/broker.py imports mqtt/link.py; mqtt/link.py imports mqtt/broker.py"
    ]
    assert circles_of_rooms(read) == []


def test_a_circle_goes_through_what_a_room_shows_of_itself(tmp_path):
    shown, broker = "from .broker import Broker", "from . import Broker"
    read = arrows_in(tmp_path, {"mqtt/__init__.py": shown, "mqtt/broker.py": broker})
    [circle] = circles_of_files(read)
    assert circle.startswith("mqtt/__init__.py, mqtt/broker.py are in a circle")


def test_rooms_are_in_a_circle_without_any_file_that_is(tmp_path):
    files = {
        "emulator.py": "from .mqtt.broker import Broker",
        "mqtt/broker.py": "from ..faults import plan",
        "mqtt/filters.py": "",
        "faults/plan.py": "",
        "faults/rule.py": "from ..mqtt.filters import check_filter\nfrom .plan import Faults",
    }
    read = arrows_in(tmp_path, files)
    assert circles_of_files(read) == []
    assert circles_of_rooms(read) == [
        "faults, mqtt are in a circle: "
        "faults/rule.py imports mqtt/filters.py; mqtt/broker.py imports faults/plan.py"
    ]


def test_a_long_circle_is_one_and_what_hangs_on_it_is_not_in_it(tmp_path):
    files = {
        "a.py": "from . import b",
        "b.py": "from . import c",
        "c.py": "from . import a, end",
        "end.py": "import json",
        "start.py": "from .a import x",
    }
    read = arrows_in(tmp_path, files)
    [circle] = circles_of_files(read)
    assert circle.startswith("a.py, b.py, c.py are in a circle: ")
    [circle] = circles_of_rooms(read)
    assert circle.startswith("a, b, c are in a circle: ")


def test_an_import_that_leads_nowhere_is_an_error(tmp_path):
    with pytest.raises(LookupError, match="which house does not have"):
        arrows_in(tmp_path, {"a.py": "from .b import x"})
