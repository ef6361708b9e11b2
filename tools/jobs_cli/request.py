"""One request, and its answer."""

import connection
import output
import parameters
from errors import Failure
from iotjobs import HTTPSLink, JobsClient, LinkError, topics
from iotjobs.codec import reader as codec
from iotjobs.messages import Message
from refusals import exception_name, refusal

_ANSWER = topics.ACCEPTED | topics.REJECTED


class _Nowhere:
    """A publisher that sends nothing: what JobsClient refuses needs no connection to be told."""

    def publish(self, topic, payload):
        pass


def ask(command, members, settings):
    """Ask the service; returns the answer as `output.read` has it.

    Raises Failure for members that cannot be sent, for a connection that cannot be made or is
    lost, and for what the service refuses.
    """
    thing_name = members["thingName"]
    try:
        command.call(JobsClient(_Nowhere(), thing_name, connection.REQUEST), members)
    except (TypeError, ValueError) as error:
        raise parameters.refused(error)
    link = settings.link()
    exchange = _Exchange(command, link, thing_name)
    try:
        link.open()
        connection.wait(link, lambda: link.connected)
        command.call(exchange.client, members)
        if not connection.wait(link, lambda: exchange.over, settings.timeout_ms):
            raise LinkError("lost", "no answer within %d ms" % settings.timeout_ms)
    except LinkError as error:
        raise Failure(connection.explained(error))
    finally:
        link.disconnect()
    if exchange.failure:
        raise exchange.failure
    return exchange.answer


class _Exchange:
    """The request's client, and what came for it."""

    def __init__(self, command, link, thing_name):
        self.client = JobsClient(link, thing_name, connection.REQUEST)
        self.over = False
        self.answer = None
        self.failure = None
        self._command = command
        self._link = link
        self._thing_name = thing_name
        self._body = None  # over HTTPS: as it came, with the document's own text
        link.receivers = [self._receive]
        if isinstance(link, HTTPSLink):
            link.shown = self._show

    def _show(self, buf, start, end):
        self._body = bytes(memoryview(buf)[start:end])

    def _receive(self, topic, at, stop, buf, start, end):
        # Whatever is wanted of a message is taken out of it here: the next one overwrites it.
        kind = self.client.receive_from(topic, at, stop, buf, start, end)
        message = self.client.message
        try:
            if buf is None and kind & _ANSWER:
                self._end(Failure("The answer of %d bytes is too long" % (end - start)))
            elif self.client.unreadable and not self._body:
                codec.check(bytes(memoryview(buf)[start:end]))  # says why, and where
            elif kind & topics.ACCEPTED:
                self._accepted(kind, message, buf)
            elif kind & topics.REJECTED:
                name = getattr(self._link, "error_type", None) or exception_name(message.code)
                self._end(refusal(self._command, name, message.message))
        except codec.JSONError as error:
            self._end(Failure("The answer cannot be read: %s at byte %d" % error.args))
        return kind

    def _accepted(self, kind, message, buf):
        if self._body:
            message = Message()
            buf = self._body
            message.read(kind, buf, 0, len(buf))
        self.answer = output.read(self._command, self._thing_name, message, buf)
        self._end(None)

    def _end(self, failure):
        self.over = True
        self.failure = failure
