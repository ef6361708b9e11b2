"""Where the files of an OTA job go: to a path, into the slots of an application, or into those of
an ESP32's firmware. Each of the three is opened as a sink, says by its digest what then is on the
flash, and is made current, or thrown away.
"""

import os
from binascii import unhexlify

from ...files.digests import sha256_of
from ...files.folders import IS_FOLDER, mode
from ...files.replace import exists
from ...files.sinks import FileSink, check_room
from ...files.tar import TarSink
from ...outcomes import JobFailed
from ...updates import slots
from ...updates.partitions import BLOCK, Partitions, SlotSink, image_of
from ...updates.staging import SPARE, Staging, named


class PathPlace:
    """A file at `path` (str, absolute): written beside it first, as path + ".part"."""

    def __init__(self, path):
        self.path = path
        self.part = path + ".part"

    def check(self, size):
        """JobFailed for what it cannot take."""
        if mode(self.path) & IS_FOLDER:
            raise JobFailed("%s is a folder" % self.path)

    def open(self, held, sync_bytes):
        """A generator that returns the sink. `held`: None, or how many blocks of 4 KiB it is known
        to hold; what it holds itself is more exact.
        """
        return FileSink(self.part, None, held is not None, sync_bytes)
        yield

    def check_whole(self, sink, size):
        """Nothing to do: its size was compared."""

    def digest(self, sink):
        """A generator that returns the SHA-256 (32 bytes) of what is on the flash."""
        found = yield from sha256_of(self.part, bytearray(1024))
        return unhexlify(found)

    def put(self):
        """Put it to its path, unless that was done before a reset."""
        if exists(self.part):
            os.rename(self.part, self.path)


class ApplicationPlace:
    """The slots of `slots.run(root)`: an archive is unpacked into the one that does not run."""

    retries = False  # whether a program that was rolled back may be started again

    def __init__(self, agent, root, ticks_ms):
        self._staging = Staging(agent, root, ticks_ms)
        self.at_reset = self._staging.at_reset

    def look(self, job):
        """See what runs. JobRejected where that is nothing of these slots."""
        self._place = self._staging.look()
        self._name = named(job, "ota")

    @property
    def version(self):
        """Of what runs, as far as is known (str)."""
        return slots.running.version if slots.running else ""

    def program(self):
        """What this job starts is called so (str), for `runs`."""
        return self._place.other[-1] + self._name

    def runs(self, program):
        """Whether that is the program that runs: False for not, or not any more; None if it was
        there to stay. JobRejected as `look`.
        """
        mark = self._staging.look().mark_in(program[0])
        if not mark or mark["job"] != program[1:] or mark["why"] is not None:
            return False
        return None if mark["trial"] is None else True

    def running(self):
        """What runs is called so, for `is_another`."""

    def is_another(self, program):
        """Whether that is not what runs. No: `runs` knows what was there to stay."""
        return False

    def is_new(self, state):
        """Whether what this job has started runs."""
        mark = self._place.mark_of(self._name)
        return mark is not None and mark["why"] is None

    def after(self, job, state, version, details):
        """A generator that waits until no trial is on; returns whether that was this job's."""
        name = self._name if "by" in state else None  # of another step of the same document
        return (yield from self._staging.after(job, name)) is not None

    def check(self, size):
        """Nothing to do: what room there is is known when its files are."""

    def open(self, held, sync_bytes):
        """As a PathPlace's. From now on the other slot is not current."""
        place = self._place
        place.clear()
        sink = TarSink(place.other, held is not None, sync_bytes)
        if held is None:
            yield from sink.empty()
        return sink

    def check_whole(self, sink, size):
        """JobFailed for half an archive, and for one that leaves no room to start it."""
        sink.check_whole(size)
        check_room(self._place.other + "/", 0, SPARE)

    def digest(self, sink):
        """As a PathPlace's."""
        return sink.digest()

    def put(self):
        """Nothing to do: it is current when it is started."""

    def start(self, job, state, version, details):
        """Reset the board, and start it."""
        self._staging.start(job, (version, self._name, ""), state, details)


class FirmwarePlace:
    """The firmware slots of an ESP32. `check`: see Partitions."""

    version = ""
    retries = True

    def __init__(self, agent, check):
        self._slots = Partitions(agent, check)
        self.at_reset = self._slots.at_reset

    def look(self, job):
        """As an ApplicationPlace's."""
        self._slots.look()

    def program(self):
        """As an ApplicationPlace's: another image in the same slot is another program."""
        return image_of(self._slot)

    def runs(self, program):
        """As an ApplicationPlace's. That it is there to stay only its job knows."""
        self._slots.look()
        return self._slots.image() == program

    def running(self):
        """As an ApplicationPlace's."""
        return self._slots.image()

    def is_another(self, program):
        """As an ApplicationPlace's; after `runs`."""
        return self._slots.image() != program

    def is_new(self, state):
        """As an ApplicationPlace's."""
        return state.get("slot") == self._slots.running and not state.get("bad")

    def after(self, job, state, version, details):
        """As an ApplicationPlace's."""
        if "slot" not in state:
            return False
        return (yield from self._slots.after(job, state, version, details)) is not None

    def check(self, size):
        """JobRejected if it is larger than a slot, or there is only one."""
        self._slot = self._slots.free(size)
        self._size = size

    def open(self, held, sync_bytes):
        """As a PathPlace's."""
        return SlotSink(self._slot, min((held or 0) * BLOCK, self._size))
        yield

    def check_whole(self, sink, size):
        """Nothing to do: the bootloader does."""

    def digest(self, sink):
        """As a PathPlace's."""
        return sink.digest()

    def put(self):
        """As an ApplicationPlace's."""

    def start(self, job, state, version, details):
        """As an ApplicationPlace's."""
        self._slots.boot(job, self._slot, state, details)
