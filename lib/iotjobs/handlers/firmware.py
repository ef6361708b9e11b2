"""Jobs that replace the firmware of an ESP32 with two slots: {"operation": "firmware", "version":
…, "url": …, "size": …, "sha256": …, "signature": …}.

The image goes into the slot that does not run, is verified twice, and booted on trial: see
`partitions` for how that ends.

What is signed: SHA-256 of the lines "iotjobs firmware 1", "version 1.2.0" and "<sha256> <size>
firmware", each ended by "\\n".
"""

import hashlib
from binascii import hexlify

from ..fetch.sources import source_of
from ..fetch.ways import fetcher_of
from ..files.digests import check_sha256, check_size, read_size
from ..outcomes import JobFailed
from ..updates.manifest import check_version, signer, verify
from ..updates.partitions import BLOCK, Partitions, SlotSink, label_of


class Firmware:
    """The handler. `agent`: the JobsAgent whose jobs these are. `fetcher`: a Fetcher, best with a
    `buffer_size` of 4096.

    `key`: from `ecdsa.public_key`, or None. `check`: see `register`. `keep_blocks` (int): after so
    many blocks of 4 KiB it keeps how far it is, on the file system.
    """

    parameters = ("url", "version", "size", "sha256", "signature")

    def __init__(self, agent, fetcher, key=None, check=None, keep_blocks=16):
        self._fetcher = fetcher
        self._key = key
        self._keep_blocks = keep_blocks
        self._slots = Partitions(agent, check)

    def __call__(self, job):
        """Run the job: a generator that returns {"version": …, "slot": …} from the new firmware.
        Raises JobRejected for what this board will not do, JobFailed with what became of it.
        """
        slots = self._slots
        slots.look()
        version = check_version(job.get("version"))
        source = source_of(job)
        sha256 = check_sha256(job.get("sha256"))
        size = check_size(read_size(job))
        name = sha256[:16]
        details = {"version": version}
        state = job.state if job.resumed and isinstance(job.state, dict) else {}
        if state.get("sha256") != name:
            state = {}
        filled = "from" in state
        if filled:
            label = yield from slots.after(job, state, version, details)
            if label:
                return dict(details, slot=label)
        slot = slots.free(size)
        if self._key:
            text = "iotjobs firmware 1\nversion %s\n%s %d firmware\n" % (version, sha256, size)
            digest = hashlib.sha256(text.encode()).digest()
            yield from verify(job.get("signature"), digest, self._key)
        if not filled:
            yield from self._fill(job, source, slot, state, size, sha256)
        # A reset may have come between a write and what was kept.
        found = yield from SlotSink(slot, size).digest()
        if hexlify(found).decode() != sha256:
            raise JobFailed("the slot does not hold what was written to it")
        state = {"sha256": name, "starts": state.get("starts", 0)}
        slots.boot(job, slot, state, dict(details, slot=label_of(slot)))

    def _fill(self, job, source, slot, state, size, sha256):
        # Fetch the image into the slot.
        held = state.get("blocks", 0)
        sink = SlotSink(slot, held * BLOCK)
        sink.tag = state.get("tag")
        steps = self._fetcher.fetch(job, source, sink, size, sha256)
        try:
            for details in steps:
                blocks = sink.size // BLOCK
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
