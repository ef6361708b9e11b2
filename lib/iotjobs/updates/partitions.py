"""The two firmware slots of an ESP32, `esp32.Partition`s: an image goes into the one that does not
run, and is booted on trial.

The new firmware resumes the job, and is there to stay only when its own check has passed. Until
then any reset, also by a watchdog, is the way back to the old one: ESP-IDF's app rollback. That
cannot tell a firmware that hangs from a cut of the power. So the old one tries it again when it
has the job again, which is when the network is there: three times in all. A program that calls
`mark_app_valid_cancel_rollback` itself gives that up.
"""

import hashlib
from binascii import hexlify

from micropython import const

from ..outcomes import JobFailed, JobRejected
from .at_reset import AtReset

BLOCK = const(4096)  # what esp32.Partition erases at once
_STARTS = const(3)  # of a trial
_MAGIC = const(0xE9)  # with which every image begins, a bootloader's too
_APPLICATION = b"\x32\x54\xcd\xab"  # of an esp_app_desc_t, which every application has there
_AT = const(32)
_HEAD = const(256)  # bytes of it, the esp_app_desc_t included
_NO_ROLLBACK = const(-261)  # of a bootloader that keeps what was chosen anyway
_LABEL = const(4)  # in what Partition.info returns
_SIZE = const(3)
_ADDRESS = const(2)


class SlotSink:
    """Writes an image into a slot, an `esp32.Partition`, which holds its first `size` bytes
    already. Erases as it goes, 4 KiB at a time.
    """

    tag = None
    proven = False

    def __init__(self, slot, size=0):
        self._slot = slot
        self.size = size

    def begin(self, total):
        """Nothing to do: the job's size was compared with the slot's."""

    def write(self, buf):
        """Append all of `buf`, the first time 36 bytes at least. Raises JobFailed if it is no
        application's image, OSError from the flash.
        """
        if not self.size and (buf[0] != _MAGIC or buf[_AT : _AT + 4] != _APPLICATION):
            found = hexlify(buf[_AT : _AT + 4]).decode()
            raise JobFailed("no application for an ESP32: %02x at 0, %r at 32" % (buf[0], found))
        view = memoryview(buf)
        start = 0
        while start < len(buf):
            block, at = divmod(self.size, BLOCK)
            count = min(BLOCK - at, len(buf) - start)
            piece = view[start : start + count]
            if count < BLOCK:
                whole = bytearray(b"\xff" * BLOCK)
                if at:
                    self._slot.readblocks(block, whole)
                whole[at : at + count] = piece
                piece = whole
            self._slot.writeblocks(block, piece)
            self.size += count
            start += count

    def readinto(self, at, buf):
        """Read what is held from `at` on; returns how many bytes."""
        self._slot.readblocks(at // BLOCK, buf, at % BLOCK)
        return len(buf)

    def digest(self):
        """A generator that returns the SHA-256 (32 bytes) of what is held, read from the flash,
        and yields between two blocks.
        """
        found = hashlib.sha256()
        buf = memoryview(bytearray(1024))
        at = 0
        while at < self.size:
            self.readinto(at, buf)
            found.update(buf[: self.size - at])
            at += len(buf)
            if not at % BLOCK:
                yield
        return found.digest()

    def restart(self):
        """Throw away what is held."""
        self.size = 0

    def close(self):
        """Nothing to do: what was written is on the flash."""

    discard = close


class Partitions:
    """Both slots. `agent`: the JobsAgent whose jobs fill them. `check`: None, or the new
    firmware's own test: a function or a generator, which says by False or an exception that the
    firmware is bad.
    """

    def __init__(self, agent, check=None):
        self._check = check
        self.at_reset = AtReset(agent)

    def look(self):
        """See which slot runs, and which is next. JobRejected for a board that has none."""
        try:
            from esp32 import Partition
        except ImportError:
            raise JobRejected("this board has no firmware slots")
        self._of_name = Partition
        self._running = Partition(Partition.RUNNING)
        self.running = label_of(self._running)
        self.at_reset.forget()

    def free(self, size):
        """The slot that does not run, for an image of `size` bytes; JobRejected if there is none,
        or it is too small. What runs is there to stay from then on.
        """
        running = self._running
        try:
            slot = running.get_next_update()
        except OSError:
            slot = running
        room = slot.info()[_SIZE]
        if slot.info()[_ADDRESS] == running.info()[_ADDRESS]:
            raise JobRejected("this board has one firmware slot: it takes two")
        if not 0 < size <= room:
            raise JobRejected("%d bytes: a slot has %d" % (size, room))
        # It may be on trial, of a job that was canceled: this slot was its way back. What comes
        # into it must not be booted for that.
        _stay(self._of_name)
        return slot

    def image(self):
        """What runs, as `image_of` has it."""
        return image_of(self._running)

    def boot(self, job, slot, state, details):
        """Reset the board, report `details`, and boot `slot` on trial. `state`: a dict that the
        job keeps, with what `after` adds to it.
        """
        starts = state.get("starts", 0) + 1
        job.keep(dict(state, slot=label_of(slot), starts=starts, **{"from": self.running}))
        old = self._running

        def choose():
            try:
                slot.set_boot()
            except OSError as error:
                raise RuntimeError("the board refuses this firmware: %s" % error)

        self.at_reset.plan(choose, lambda: _choose(old))
        job.reset(details, resume=True)

    def after(self, job, state, version, details):
        """A generator for the time after `boot` with this `state`: returns the label (str) of the
        slot whose new firmware is there to stay. None: it is to be tried again. `version` (str) is
        what it is called, `details` (dict) what is reported before it goes back.

        JobFailed with what became of it, when the old one runs again.
        """
        label = self.running
        bad = state.get("bad")
        if label == state["slot"]:
            if not bad:
                bad = yield from self._trial()
                if not bad:
                    try:
                        self._of_name.mark_app_valid_cancel_rollback()
                    except OSError as error:
                        if error.errno != _NO_ROLLBACK:
                            bad = "cannot be marked as valid: %s" % error
                if not bad:
                    return label
                # The bootloader goes back at a reset, without writing to the old one's record.
                state["bad"] = bad[:160]
            elif not state.get("back"):
                # It does not, so choose the old one.
                state["back"] = True
                _choose(self._of_name(state["from"]))
            else:
                raise JobFailed("%s; the board does not go back to %s" % (bad, state["from"]))
            job.keep(state)
            job.reset(dict(details, failed=state["bad"][:64]), resume=True)
        if bad:
            raise JobFailed("rolled back to %s: %s" % (label, bad))
        if state.get("starts", _STARTS) >= _STARTS:
            raise JobFailed(
                "rolled back to %s: version %s did not come up, or was reset before its check"
                % (label, version)
            )

    def _trial(self):
        # What is wrong with the firmware that runs, or None.
        try:
            result = self._check() if self._check else None
            if hasattr(result, "send"):
                result = yield from result
        except JobFailed as error:
            return error.reason or "its check failed"
        except Exception as error:
            return "%s: %s" % (type(error).__name__, error)
        return "its check failed" if result is False else None


def label_of(slot):
    """What a slot is called (str)."""
    return slot.info()[_LABEL]


def image_of(slot):
    """What is in a slot (str): its name, and what no other image begins with. ESP-IDF puts the
    SHA-256 of the program there.
    """
    head = bytearray(_HEAD)
    slot.readblocks(0, head)
    return label_of(slot) + hexlify(hashlib.sha256(head).digest()[:8]).decode()


def _choose(slot):
    # Make the next reset boot this one, of which nothing is to be proved.
    slot.set_boot()
    _stay(slot)


def _stay(slot):
    # What runs is on trial no more. On any Partition, and on the class.
    try:
        slot.mark_app_valid_cancel_rollback()
    except OSError:  # of a bootloader without trials
        pass
