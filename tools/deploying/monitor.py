"""What the board prints, for as long as someone wants to see it."""

import time

from iotjobs_wire.board import Board
from iotjobs_wire.errors import ContactLostError, DeployError

from .output import Output

_RETRY_S = 0.3


def follow(board: Board, stream, output: Output):
    """Copy what the board prints to `stream`, of bytes. Ends by KeyboardInterrupt only: when the
    board is reset or unplugged, its port is opened again as soon as it is there.
    """
    while True:
        try:
            data = board.read()
            if data:
                stream.write(data)
                stream.flush()
        except ContactLostError:
            output.say("\ndeploy: the board is gone; waiting for it")
            _wait_for(board)
            output.say(f"deploy: {board.port} is back")


def _wait_for(board: Board):
    board.close()
    while True:
        try:
            board.open()
            return
        except DeployError:
            time.sleep(_RETRY_S)
