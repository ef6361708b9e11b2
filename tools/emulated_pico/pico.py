"""A Raspberry Pi Pico without the hardware: PyPI's rp2040py, in a process of its own.

    with EmulatedPico(pathlib.Path("firmware.uf2")) as pico:
        … mpremote connect {pico.port} …

It runs the firmware's ARM instructions, with its flash, resets and USB console; the console is
served on a TCP port of this machine. The instructions run in C, and many times slower where no C
compiler is. Of two cores there is one. What is written to flash lasts as long as the process,
through any number of resets.
"""

import json
import pathlib
import queue
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

    A Pico W has Wi-Fi, open and with any name. Every name there is at one address, and `ports` are
    what this machine has for the ports of that address. `restarts`: why the board began anew, each
    time: "cut", "reset", or "bitten" by its watchdog.
    """

    def __init__(self, firmware, board="pico", files=None, ports=None):
        self._firmware = firmware
        self._board = board
        self._files = files or {}
        self._ports = ports or {}
        self._answers = queue.Queue()
        self.restarts = []
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
            [
                *(sys.executable, "-m", _CHIP),
                *(firmware, self._board, image, json.dumps(self._ports)),
            ],
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
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self):
        for line in self._process.stdout:
            kind, value = line.split()
            if kind == "restart":
                self.restarts.append(value)
            else:
                self._answers.put(value)
        self._answers.put(None)  # it has ended

    def seconds(self):
        """Of its own time, since it was made."""
        return float(self._ask("time 0")) / 1e9

    def cut_power(self, changes=0):
        """Cut the power for a moment: at once, or within that many changes of its flash."""
        self._tell(f"cut {changes}")

    def internet(self, there):
        """Whether anything but the access point is there, of what a Pico W reaches."""
        self._tell(f"internet {'back' if there else 'away'}")

    def saved_files(self):
        """What its file system holds now, as `files`."""
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder, "files")
            self._ask(f"save {image}")
            return files_of(image.read_bytes(), self._board)

    def _tell(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _ask(self, line):
        self._tell(line)
        answer = self._answers.get()
        if answer is None:
            raise RuntimeError("the emulated Pico has ended")
        return answer

    def __exit__(self, *_):
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._process.stdout.close()


def file_system(files, board):
    """The bytes of a board's file system with these files, as MicroPython's littlefs writes it."""
    disk = _disk(board, disk_version=0x00020000)
    disk.format()
    disk.mount()
    for path, content in files.items():
        folder = str(pathlib.PurePosixPath(path).parent)
        disk.makedirs(folder, exist_ok=True)
        with disk.open(path, "wb") as file:
            file.write(content)
    return bytes(disk.context.buffer)


def files_of(image, board):
    """The files in the bytes of a board's file system."""
    disk = _disk(board)
    disk.context.buffer[:] = image
    disk.mount()
    found = {}
    for folder, _, names in disk.walk("/"):
        for name in names:
            path = str(pathlib.PurePosixPath(folder, name))
            with disk.open(path, "rb") as file:
                found[path.lstrip("/")] = file.read()
    return found


def _disk(board, **options):
    import littlefs
    from rp2040py.boards import BOARDS

    layout = BOARDS[board].firmware["micropython"].layout
    return littlefs.LittleFS(
        block_size=int(layout["fs_blocksize"]),
        block_count=int(layout["fs_blockcount"]),
        mount=False,
        **options,
    )
