"""A certificate takes the place of another, once the service has answered over it."""

import sys
from binascii import a2b_base64, hexlify
from hashlib import sha256
from time import ticks_diff

from micropython import const

from ...files.replace import replace
from ...links.stream import tls_context
from ...outcomes import JobFailed, JobRejected
from .pair import KEY_SIZE, has_point, is_whole, read, settled

_TRIALS = const(3)


class Change:
    """For an agent and files as `register` has them."""

    def __init__(self, agent, cert, key, ca, trial_ms):
        self._agent = agent
        self._cert = cert
        self._key = key
        self._ca = ca
        self._trial_ms = trial_ms

    def changing(self, job, given):
        """A generator that returns the details. `given`: DER in Base64. Raises JobFailed and
        JobRejected, with the certificate that is in use among the details.
        """
        try:
            certificate = a2b_base64(given)
        except (ValueError, TypeError):
            raise self._refused("certificate: not Base64")
        if not is_whole(certificate):
            raise self._refused("certificate: not one of DER, and nothing else")
        given = None  # the heap is narrow in a trial
        yield from _program_stays()
        try:
            if certificate == read(self._cert):  # before a reset, or by an earlier job
                return self._used()
            key = self._key + ".next"
            if not has_point(certificate, key):
                key = self._key
                if len(read(key)) == KEY_SIZE and not has_point(certificate, key):
                    raise self._refused("certificate: no key of this board is its own")
            unload_arithmetic()
            after = self._context(certificate, key)
            tried = job.state or 0
            if tried == _TRIALS:
                raise JobFailed("interrupted in %d trials" % tried, self._used())
            job.keep(tried + 1)
        except OSError as error:
            raise JobFailed("the certificate that there is: %s" % error, self._used())
        yield from self._try(job, after, certificate)
        return self._used()

    def _context(self, certificate, key):
        if not self._agent.link.sock.context:
            raise self._refused("the link has no TLS")
        try:
            return tls_context(certificate, key, self._ca)
        except (ValueError, MemoryError) as error:
            raise self._refused("certificate: %s" % error)

    def _try(self, job, after, certificate):
        # The certificate is in place if the service has answered on a connection with it.
        agent = self._agent
        before = agent.link.sock.context
        since = agent.ticks_ms()
        known = agent.last_error
        stays = False
        try:
            self._connect(after)
            # What is said from here on is said with it, and so is what is answered.
            yield {"trying": _id(certificate)}
            while agent.state != "RUNNING" or job.is_talking():
                if ticks_diff(agent.ticks_ms(), since) >= self._trial_ms:
                    error = agent.last_error
                    why = "no answer" if error is known else str(error)
                    reason = "rolled back: not connected with it in %d s: %s"
                    raise JobFailed(reason % (self._trial_ms // 1000, why), self._used())
                yield
            try:
                replace(self._cert, certificate)
            except OSError as error:
                used = self._used()
                if used != {"certificate": _id(certificate)}:  # else it has happened all the same
                    raise JobFailed("cannot write the certificate: %s" % error, used)
            stays = True
            try:
                settled(self._cert, self._key)
            except OSError:  # `load` does it
                pass
        finally:
            if not stays:
                self._connect(before)

    def _connect(self, context):
        # Anew, with the certificate and the key of this context.
        agent = self._agent
        agent.hold(True)
        agent.link.sock.context = context
        agent.hold(False)

    def _used(self):
        # The details that say which certificate is in place, by its id in AWS; None: nobody knows.
        try:
            return {"certificate": _id(read(self._cert))}
        except OSError:
            return None

    def _refused(self, reason):
        return JobRejected(reason, self._used())


def unload_arithmetic():
    """Forget what has made the key, if this run has: TLS needs its room, 16.7 kB in one piece."""
    package = __name__[: __name__.rfind(".")]
    if sys.modules.pop(package + ".request", None):
        delattr(sys.modules[package], "request")


def _program_stays():
    # What a program on trial is rolled back to may not know of the next key.
    slots = sys.modules.get("iotjobs.updates.slots")
    while slots and slots.running and slots.running.on_trial:
        yield


def _id(certificate):
    return hexlify(sha256(certificate).digest()).decode()
