"""The boards that a process can stand for: what a program can tell of each."""

from collections.abc import Mapping
from typing import NamedTuple

PICO_W, ESP32 = "pico-w", "esp32"

# What resets a board: by these words it is told, and by these the cause is found.
BUTTON, DEEPSLEEP, EXIT, RESET, WATCHDOG = (
    "the reset button",
    "machine.deepsleep()",
    "sys.exit()",
    "machine.reset()",
    "the watchdog",
)
BOOTLOADER = "machine.bootloader()"  # from which only a person brings it back
POWER = "the power"


class Kind(NamedTuple):
    """`folder`: of the stand-ins that only it has. `pins`: how many have a number, from 0 on.
    `causes`: what `machine.reset_cause()` is after which reset; after any other it is what it was.
    """

    folder: str
    platform: str
    machine: str
    id: str
    pins: int
    causes: Mapping[str, str]


KINDS = {
    # An RP2040 resets itself by its watchdog, and remembers nothing else.
    PICO_W: Kind(
        "pico_w_alone",
        "rp2",
        "Raspberry Pi Pico W with RP2040",
        "e6614c311b7e6f2b",
        30,
        {
            POWER: "PWRON_RESET",
            BUTTON: "PWRON_RESET",
            RESET: "WDT_RESET",
            WATCHDOG: "WDT_RESET",
            DEEPSLEEP: "WDT_RESET",
        },
    ),
    ESP32: Kind(
        "esp32_alone",
        "esp32",
        "Generic ESP32 module with ESP32",
        "a4cf12b8d2e0",
        40,
        {
            POWER: "PWRON_RESET",
            BUTTON: "PWRON_RESET",
            RESET: "HARD_RESET",
            WATCHDOG: "WDT_RESET",
            DEEPSLEEP: "DEEPSLEEP_RESET",
            EXIT: "SOFT_RESET",
        },
    ),
}


class Leads(NamedTuple):
    """Where the board's connections to the service lead: to `host`. `endpoints`: names of the
    service beside AWS's. `iot`, `s3`: the ports there, by those of the service.
    """

    host: str = "127.0.0.1"
    endpoints: tuple[str, ...] = ()
    iot: Mapping[int, int] = {}
    s3: Mapping[int, int] = {}


NOWHERE = Leads()  # connections lead where they name
