"""Jobs that replace the firmware of an ESP32 with two slots: {"operation": "firmware", "version":
…, "url": …, "size": …, "sha256": …, "signature": …}.

The image goes into the slot that does not run, is verified twice, and booted on trial. The new
firmware resumes the job, and is there to stay only when its own check has passed. Until then any
reset, also by a watchdog, is the way back to the old one: ESP-IDF's app rollback. That cannot tell
a firmware that hangs from a cut of the power. So the old one tries it again when it has the job
again, which is when the network is there: three times in all. A program that calls
`mark_app_valid_cancel_rollback` itself gives that up.

What is signed: SHA-256 of the lines "iotjobs firmware 1", "version 1.2.0" and "<sha256> <size>
firmware", each ended by "\\n".
"""

import hashlib
from binascii import hexlify

from micropython import const

from ..fetch.sources import source_of
from ..fetch.ways import fetcher_of
from ..files.digests import check_sha256, check_size, read_size
from ..outcomes import JobFailed, JobRejected
from ..updates.manifest import check_version, signer, verify

_STARTS = const(3)  # of a trial
_BLOCK = const(4096)  # what esp32.Partition erases at once
_MAGIC = const(0xE9)  # with which every image begins, a bootloader's too
_APPLICATION = b"\x32\x54\xcd\xab"  # of an esp_app_desc_t, which every application has there
_AT = const(32)
_NO_ROLLBACK = const(-261)  # of a bootloader that keeps what was chosen anyway
_LABEL = const(4)  # in what Partition.info returns
_SIZE = const(3)
_ADDRESS = const(2)


class SlotSink:
    """Writes an image into a slot, an `esp32.Partition`, which holds its first `size` bytes
    already. Erases as it goes, 4 KiB at a time.
    """

    tag = None

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
            block, at = divmod(self.size, _BLOCK)
            count = min(_BLOCK - at, len(buf) - start)
            piece = view[start : start + count]
            if count < _BLOCK:
                whole = bytearray(b"\xff" * _BLOCK)
                if at:
                    self._slot.readblocks(block, whole)
                whole[at : at + count] = piece
                piece = whole
            self._slot.writeblocks(block, piece)
            self.size += count
            start += count

    def readinto(self, at, buf):
        """Read what is held from `at` on; returns how many bytes."""
        self._slot.readblocks(at // _BLOCK, buf, at % _BLOCK)
        return len(buf)

    def restart(self):
        """Throw away what is held."""
        self.size = 0


class Firmware:
    """The handler. `agent`: the JobsAgent whose jobs these are. `fetcher`: a Fetcher, best with a
    `buffer_size` of 4096.

    `key`: from `ecdsa.public_key`, or None. `check`: see `register`. `keep_blocks` (int): after so
    many blocks of 4 KiB it keeps how far it is, on the file system.
    """

    parameters = ("url", "version", "size", "sha256", "signature")

    _wanted = None  # what the reset is to boot: (the agent's job, slot, the one that runs)

    def __init__(self, agent, fetcher, key=None, check=None, keep_blocks=16):
        self._agent = agent
        self._fetcher = fetcher
        self._key = key
        self._check = check
        self._keep_blocks = keep_blocks
        # The reset is the last moment at which the job may still turn out to be canceled.
        self._reset = agent.reset
        agent.reset = self._choose_and_reset

    def __call__(self, job):
        """Run the job: a generator that returns {"version": …, "slot": …} from the new firmware.
        Raises JobRejected for what this board will not do, JobFailed with what became of it.
        """
        try:
            from esp32 import Partition
        except ImportError:
            raise JobRejected("this board has no firmware slots")
        self._wanted = None
        running = Partition(Partition.RUNNING)
        version = check_version(job.get("version"))
        source = source_of(job)
        sha256 = check_sha256(job.get("sha256"))
        size = check_size(read_size(job))
        name = sha256[:16]
        state = job.state if job.resumed and isinstance(job.state, dict) else {}
        if state.get("sha256") != name:
            state = {}
        filled = "from" in state
        if filled:
            done = yield from self._after(job, state, version, running, Partition)
            if done:
                return done
        try:
            slot = running.get_next_update()
        except OSError:
            slot = running
        label, room = slot.info()[_LABEL], slot.info()[_SIZE]
        if slot.info()[_ADDRESS] == running.info()[_ADDRESS]:
            raise JobRejected("this board has one firmware slot: it takes two")
        if not 0 < size <= room:
            raise JobRejected("%d bytes: a slot has %d" % (size, room))
        if self._key:
            text = "iotjobs firmware 1\nversion %s\n%s %d firmware\n" % (version, sha256, size)
            yield from verify(job, hashlib.sha256(text.encode()).digest(), self._key)
        if not filled:
            yield from self._fill(job, source, slot, state, size, sha256)
        yield from _compare(slot, size, sha256)
        old = running.info()[_LABEL]
        starts = state.get("starts", 0) + 1
        job.keep({"sha256": name, "slot": label, "from": old, "starts": starts})
        self._wanted = self._agent.job, slot, running
        job.reset({"version": version, "slot": label}, resume=True)

    def _choose_and_reset(self):
        wanted = self._wanted
        self._wanted = None
        if not (wanted and wanted[0] is self._agent.job):
            return self._reset()
        try:
            wanted[1].set_boot()
        except OSError as error:
            raise RuntimeError("the board refuses this firmware: %s" % error)
        try:
            self._reset()
        except Exception:
            _choose(wanted[2])
            raise

    def _fill(self, job, source, slot, state, size, sha256):
        # Fetch the image into the slot.
        held = state.get("blocks", 0)
        sink = SlotSink(slot, held * _BLOCK)
        sink.tag = state.get("tag")
        steps = self._fetcher.fetch(job, source, sink, size, sha256)
        try:
            for details in steps:
                blocks = sink.size // _BLOCK
                if not 0 <= blocks - held < self._keep_blocks:
                    held = blocks
                    state = {"sha256": sha256[:16], "blocks": blocks, "tag": sink.tag}
                    try:
                        job.keep(state)
                    except (OSError, ValueError):  # after a reset it begins anew
                        pass
                yield details
        finally:
            steps.close()

    def _after(self, job, state, version, running, partition):
        # After the reset: what the job ends with; None if the new firmware is to be tried (again).
        label = running.info()[_LABEL]
        bad = state.get("bad")
        if label == state["slot"]:
            if not bad:
                bad = yield from self._trial()
                if not bad:
                    try:
                        partition.mark_app_valid_cancel_rollback()
                    except OSError as error:
                        if error.errno != _NO_ROLLBACK:
                            bad = "cannot be marked as valid: %s" % error
                if not bad:
                    return {"version": version, "slot": label}
                # The bootloader goes back at a reset, without writing to the old one's record.
                state["bad"] = bad[:160]
            elif not state.get("back"):
                # It does not, so choose the old one.
                state["back"] = True
                _choose(partition(state["from"]))
            else:
                raise JobFailed("%s; the board does not go back to %s" % (bad, state["from"]))
            job.keep(state)
            job.reset({"version": version, "failed": state["bad"][:64]}, resume=True)
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


def _compare(slot, size, sha256):
    # Whether the slot really holds it: a reset may have come between a write and what was kept.
    found = hashlib.sha256()
    buf = memoryview(bytearray(1024))
    at = 0
    while at < size:
        slot.readblocks(at // _BLOCK, buf, at % _BLOCK)
        found.update(buf[: size - at])
        at += len(buf)
        if not at % _BLOCK:
            yield
    if hexlify(found.digest()).decode() != sha256:
        raise JobFailed("the slot does not hold what was written to it")


def _choose(slot):
    # Make the next reset boot this one, of which nothing is to be proved.
    slot.set_boot()
    try:
        slot.mark_app_valid_cancel_rollback()
    except OSError:
        pass


def register(agent, ca=None, key=None, check=None, fetcher=None, **settings):
    """Let `agent` run such jobs. `fetcher`: a Fetcher that gets the images; without it one is
    made, with `ca` and the other settings.

    `key`: the public key, see `ecdsa.public_key`, of those whose firmware is taken. Without it the
    firmware of anybody who can create jobs is taken. `check()`: a function or a generator. The new
    firmware calls it when it has the job again, which is when it is online. False or an exception
    of it says that the firmware is bad. Returns the handler.

    It takes the place of `agent.reset`, and calls what was there.
    """
    handler = Firmware(agent, fetcher_of(fetcher, ca, settings), signer(key), check)
    agent.handler("firmware")(handler)
    return handler
