"""Has a board on: board_host.py FOLDER, which has its root."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

import environment
from environment.places import LIB, UMQTT
from unix_board.board import Board

folder = Path(sys.argv[1])
Board(
    folder / "root",
    folder / "control",
    interpreter=environment.micropython(),
    path=(LIB, UMQTT),
    on_output=lambda data: print(data.decode(), end="", flush=True),
).power_on()
time.sleep(1_000)
