"""A Raspberry Pi Pico without the hardware: PyPI's rp2040py, in a process of its own.

    with EmulatedPico(pathlib.Path("firmware.uf2")) as pico:
        … mpremote connect {pico.port} …

It runs the firmware's ARM instructions, with its flash, resets and USB console; the console is
served on a TCP port of this machine. The instructions run in C, and many times slower where no C
compiler is. Of two cores there is one. What is written to flash lasts as long as the process,
through any number of resets.
"""

import pathlib
import subprocess
import sys
import tempfile
import threading

import environment

_START_TIMEOUT_S = 60

_CHIP = "emulated_pico.chip"


class EmulatedPico:
    """A context manager. `board` is "pico" or "pico_w"; `files` are what its file system holds at
    first: a dictionary of paths ("lib/x.mpy") and contents. `port` is what mpremote takes as the
    name of a serial port.
    """

    def __init__(self, firmware, board="pico", files=None):
        self._firmware = firmware
        self._board = board
        self._files = files or {}
        self.port = None

    def __enter__(self):
        environment.need("pico")
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder, "files")
            image.write_bytes(file_system(self._files, self._board))
            self._start(image)
        return self

    def _start(self, image):
        # It ends when its standard input does: with this process, however that ends.
        firmware = pathlib.Path(self._firmware).resolve()
        self._process = subprocess.Popen(
            [sys.executable, "-m", _CHIP, str(firmware), self._board, str(image)],
            cwd=environment.TOOLS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        watchdog = threading.Timer(_START_TIMEOUT_S, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line:
            status = self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
            raise RuntimeError(f"the emulated Pico did not start: exit status {status}")
        self.port = f"socket://127.0.0.1:{int(line)}"

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def file_system(files, board):
    """The bytes of a board's file system with these files, as MicroPython's littlefs writes it."""
    import littlefs
    from rp2040py.boards import BOARDS

    layout = BOARDS[board].firmware["micropython"].layout
    size = int(layout["fs_blocksize"])
    disk = littlefs.LittleFS(
        block_size=size, block_count=int(layout["fs_blockcount"]), disk_version=0x00020000
    )
    for path, content in files.items():
        folder = str(pathlib.PurePosixPath(path).parent)
        disk.makedirs(folder, exist_ok=True)
        with disk.open(path, "wb") as file:
            file.write(content)
    return bytes(disk.context.buffer)
