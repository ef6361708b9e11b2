"""`watch`: what the service tells a thing by itself, one line of JSON for each notification."""

import json
import sys
import time

import output
from commands import COMMANDS
from connection import REQUEST, explained
from errors import Failure
from iotjobs import LinkError, topics
from iotjobs.agent.session import Session
from iotjobs.client import IGNORED
from parameters import refused
from refusals import exception_name, refusal

_PENDING = COMMANDS[0]  # GetPendingJobExecutions
_NAMES = {topics.NOTIFY: "notify", topics.NOTIFY_NEXT: "notify-next"}
_PASSING = ("RequestThrottled", "InternalError")  # codes of what may be tried again
_POLL_MS = 5


def follow(settings, thing_name):
    """Print what comes, until Ctrl-C. Raises Failure where it cannot begin."""
    link = settings.link()
    try:
        Watch(link, thing_name, settings.timeout_ms).run()
    except LinkError as error:
        raise Failure(explained(error))
    except ValueError as error:
        raise refused(error)
    finally:
        link.disconnect()


class Watch(Session):
    """Prints what is pending when it has connected, then every notification as it comes. Comes
    back after a lost connection, with growing waits, and then prints what is pending again: what
    was told meanwhile is lost.

    `run` raises LinkError where the first connection cannot be made, and Failure where the service
    refuses to tell what is pending.
    """

    _ask = False  # for what is pending
    _shown = False  # it was printed, on any connection
    _held = None  # notifications that came before it was, on this one
    _payload = None

    def __init__(self, link, thing_name, timeout_ms):
        super().__init__(link, thing_name, timeout_ms, payload_size=REQUEST)
        self._thing_name = thing_name

    def run(self):
        """Go on for ever."""
        while True:
            if self.link.closed:
                self._held = []
            self._talk()
            time.sleep_ms(_POLL_MS)

    def _request(self):
        if not self._ask:
            return 0
        self._ask = False
        self.client.get_pending_job_executions()
        return topics.GET_PENDING

    def _again(self):
        self._ask = True

    def _too_large(self, kind, size):
        raise Failure("%d bytes of pending jobs: more than an MQTT message may have" % size)

    def _receive(self, topic, at, stop, buf, start, end):
        self._payload = buf, start, end
        kind = super()._receive(topic, at, stop, buf, start, end)
        if kind == IGNORED:
            name = _NAMES.get(self.client.topics.match(topic, at, stop))
            if name:
                _say("a message %s of %d bytes cannot be read" % (name, end - start))
        return kind

    def _accepted(self, operation):
        message = self.client.message
        pending = output.read(_PENDING, self._thing_name, message, self._payload[0])
        if self._shown and self._held is not None:
            _say("connected again")
        _print("pending", json.dumps(pending))
        self._shown = True
        for name, text in self._held or ():
            _print(name, text)
        self._held = None

    def _over_by(self, operation, code):
        if code not in _PASSING:
            raise refusal(_PENDING, exception_name(code), self.client.message.message)
        self._ask = True
        return False

    def _is_news(self):
        name = _NAMES[self.client.message.kind]
        if self._held is None:
            _print(name, self._text())
        else:
            self._held.append((name, self._text()))
        return False

    def _goes_on(self):
        return False  # it looks, and does no job

    def _text(self):
        # The message, valid JSON, on one line: a line end can only be between its values.
        buf, start, end = self._payload
        text = str(memoryview(buf)[start:end], "utf-8")
        return text.replace("\r", " ").replace("\n", " ")

    def _fail(self, error):
        if isinstance(error, LinkError) and not self._shown:
            raise error
        super()._fail(error)

    def _rest(self, window, whole=False):
        super()._rest(window, whole)
        error = self.last_error
        if not error:  # it begins
            return
        reason = error.reason if isinstance(error, LinkError) else "%s: %s" % error.args[1:]
        _say("%s; again in %.1f s" % (" ".join(reason.split()), self._wait / 1000))


def _print(name, text):
    print('{"event": "%s", "message": %s}' % (name, text))


def _say(text):
    print("tools/jobs: " + text, file=sys.stderr)
