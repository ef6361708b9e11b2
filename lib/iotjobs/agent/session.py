"""`Session`: one request at a time over a link that comes and goes; who waits for what, and until
when.

It connects when the network is there, subscribes, and gives every request a deadline. From one
failure to the next it waits longer, by a random part. What is asked, and what an answer means, is
its subclass's.

A fleet that comes back at once must not come all at once. Its waits are derived from its size and
AWS's quotas, by the simulation of `tools/fleet`. What the broker has kept is not asked for again.
"""

import random

# The agent and its jobs take these from here: each import of time looks for it on the flash first,
# which takes milliseconds.
from time import ticks_add, ticks_diff, ticks_ms  # noqa: F401

from micropython import const

from .. import topics
from ..client import JobsClient
from ..links.link import LinkError

_MAX_TICKS = const(0x1FFFFFFF)
_PATIENCE = const(5)  # times a request's timeout longer, while bytes come
_MAX_FLEET = const(10_000_000)
_MS_TO_ASK = const(5)  # of a fleet's time for each board: AWS takes 200 requests a second
_MS_TO_CONNECT = const(2)  # where a board connects only: 500 a second
_RESYNC = const(10)  # ms for each board: half of what AWS takes of a whole fleet
_AT_ONCE = const(1_000)  # ms: what a quota allows in so long passes at once
_NEEDED = (b"notify", b"notify-next")
_ANSWERS = (b"get/+", b"start-next/+", b"+/get/+", b"+/update/+")

# What `stats` counts: of the connection, then of the jobs, by how they ended; "ended" otherwise.
_COUNTED = const(
    "connections link_errors requests timeouts rejections hook_errors "
    "jobs resumed resets SUCCEEDED FAILED REJECTED ended"
)


def check(name, value, least=1, most=_MAX_TICKS):
    """Raise ValueError for a setting beyond its limits. The largest time, in ms, is what ticks can
    tell apart on each board.
    """
    if not isinstance(value, int) or not least <= value <= most:
        raise ValueError("%s %r: not %d to %d" % (name, value, least, most))


class RequestRejected(Exception):
    """The service refused a request. `args`: the operation's number, the code, the message."""


class Session:
    """The conversation of one thing with the service. The settings are described at `JobsAgent`.

    A subclass says about what: `_request` makes the request that is due and returns its operation,
    or 0; `_accepted` and `_over_by` take the answer, `_unread` one that does not fit, or cannot be
    read; `_again` arranges that what was asked last is asked again; `_is_news` says whether a
    notification gives reason to ask, which `_ask` then says; `_goes_on` whether there is a job. It
    begins by `_join`.
    """

    last_error = None
    on_event = None
    _told = "OFFLINE"  # the state that on_event knows
    _held = False  # no connection is wanted
    _online = 0  # on this connection: 1 when it was asked to subscribe, 2 when it has
    _waiting = 0  # the operation whose answer is awaited
    _silent = 0  # requests without an answer, in a row
    _failures = 0  # since a connection has held; what the waits grow by
    _throttled = 0  # requests in a row; what the waits after these grow by
    _chooses = False  # the program chooses when it connects: it need not wait for a fleet
    _placed = True  # it has waited for its place in the fleet, since a connection has held
    _subscribed = False  # in the session that the broker may have kept
    _begun = 0  # when the last request was made
    _held_since = 0  # when the connection was
    _torn = False  # a step, or what it received, was not done to its end
    _opened = 0  # the connection of the link that this is about
    _arrived = 0  # when bytes have come last, as far as that is known
    _wait = 0  # nothing is begun, and no answer is late, within so many ms after ..
    _since = 0  # .. this

    def __init__(
        self,
        link,
        thing_name,
        request_timeout_ms=10_000,
        retry_ms=1_000,
        max_retry_ms=60_000,
        subscribe_responses=False,
        payload_size=1024,
        network=None,
        ticks_ms=ticks_ms,
        fleet_size=1,
    ):
        check("request_timeout_ms", request_timeout_ms)
        check("retry_ms", retry_ms)
        check("max_retry_ms", max_retry_ms)
        check("fleet_size", fleet_size, 1, _MAX_FLEET)
        self.link = link
        self.request_timeout_ms = max(request_timeout_ms, getattr(link, "answer_ms", 0))
        self.retry_ms = retry_ms
        self.max_retry_ms = max(max_retry_ms, retry_ms)
        self.network = network
        self.ticks_ms = ticks_ms
        self.fleet_size = fleet_size
        self.resync_ms = _RESYNC * fleet_size  # at the least
        self.client = JobsClient(link, thing_name, payload_size)
        self._filters = _NEEDED + _ANSWERS if subscribe_responses else _NEEDED
        self.stats = {}
        for name in _COUNTED.split():
            self.stats[name] = 0
        link.receivers.insert(0, self._receive)  # the last agent that is made has them

    def _talk(self):
        # One step, which waits for no answer.
        link = self.link
        if not self._torn:
            try:
                link.poll()
            except LinkError as error:
                if error is not link.failed:  # another link's, which a callback has raised
                    raise
        if self._torn:  # by Ctrl-C, or where a handler's recursion left no room: how far?
            self._ask = True
            link.close()
            link.failed = LinkError("lost", "the last step was not done to its end")
        self._torn = True
        try:
            if link.failed:  # in a call of the application's
                self._retire(link.failed)
            elif link.opened != self._opened or not link.connected:
                self._part()
            now = self.ticks_ms()
            if self._arrived != link.arrived:
                self._arrived = link.arrived
                # The deadline counts from the last byte that came, for a while.
                if self._waiting:
                    if ticks_diff(now, self._begun) < _PATIENCE * self.request_timeout_ms:
                        self._since = now
            # Negative: the ticks have gone round since.
            if not 0 <= ticks_diff(now, self._since) < self._wait:
                if link.connected:
                    self._converse()
                elif link.closed and self._is_there():
                    self._opened = link.opened + 1
                    link.open()
        except LinkError as error:
            link.close()
            self._retire(error)
        self._torn = False

    def _retire(self, error):
        # The connection has failed.
        self.link.failed = None
        self._count("link_errors")
        self._fail(error)
        self._retreat(error.stage)
        self._part()

    def _part(self):
        # That connection is over. The next one may be the application's.
        if self._waiting:  # whether it was done nobody knows
            self._ask = True
        self._online = self._silent = self._waiting = 0
        if self._opened != self.link.opened:  # it may have begun a session, and ended another
            self._opened = self.link.opened
            self._subscribed = False

    def hold(self, wanted):
        """Drop the connection, and make none until this is called with False; allocates what the
        link's `disconnect` does.
        """
        if wanted != self._held:
            self._held = wanted
            self._wait = 0
            if wanted:
                self.link.disconnect()

    def _is_there(self):
        # Whether the network is. It is tried soon after it has come, but not by all at once.
        if self._held:
            return False
        try:
            if not self.network or self.network():
                return True
            self._failures = 0
        except Exception as error:  # what the program's own function raises
            self._count("hook_errors")
            self._fail(error)
        self._pause()
        return False

    def _converse(self):
        if self._online < 2:
            if not self.link.awaited:  # also by the application
                if not self._online:
                    self._count("connections")
                    if self._subscribed and self.link.session_present:
                        # A notification that came meanwhile was kept as well, and comes now. If
                        # the broker has kept too many for that, it is asked for later.
                        self._online = 2
                        self._asked = self._held_since = self.ticks_ms()
                        return
                    self._subscribed = False
                    self._ask = True
                    # No comprehension, which would allocate at every call of this method.
                    wanted = []
                    for tail in self._filters:
                        wanted.append(self.client.topics.prefix + tail)
                    self.link.begin_subscribe(wanted, 1, False)
                else:
                    self._subscribed = True
                self._online += 1
                self._held_since = self.ticks_ms()
            return
        if self._waiting:
            self._silent += 1
            self._count("timeouts")
            if self._silent == 3:
                raise LinkError("lost", "3 requests without an answer")
            # Of an update the next may say something else. After a notification a late answer to
            # the first question says what there was before it.
            if self._waiting != topics.UPDATE and not self._ask:
                self.client.repeated = self._waiting
            self._again()
        # A link may be ready for requests, and connect when there is one.
        try:
            operation = 0 if self.link.closed and not self._is_there() else self._request()
        except LinkError:  # whether it was written nobody knows
            self._ask = True
            raise
        if operation:
            self._count("requests")
            self._waiting = operation
            self._wait = self.request_timeout_ms
            self._since = self._begun = self.ticks_ms()

    def _join(self):
        # After a power cut all are new, and ask. One that is alone begins at once.
        self._rest(self._crowd(_MS_TO_ASK))

    def _crowd(self, each):
        # For how long the fleet comes, in ms, if each of its boards has so much of it. A job that
        # goes on, also over a reset, has limits of its own.
        if self._chooses or self._goes_on():
            return 0
        return max(self.fleet_size * each - _AT_ONCE, 0)

    def _window(self, times, crowd):
        # The longest wait after so many failures. In a fleet it begins with a part of what all
        # need, as a second try is for those whose place was taken.
        window = min(self.retry_ms << min(times, 16), self.max_retry_ms)
        return max(window, crowd >> max(4 - times, 0))

    def _rest(self, window, whole=False):
        # Begin nothing for a random part of it, or for all of it.
        if whole or not window:
            self._wait = window
        else:
            self._wait = 1 + random.getrandbits(28) % window
        self._since = self.ticks_ms()

    def _pause(self):
        window = self._window(self._failures, 0)
        self._failures += 1
        self._rest(window)

    def _retreat(self, stage):
        # After a failure of the link, wait until it is tried again. A connection that had held is
        # tried soon: most are lost alone. If that fails, it may be the whole fleet: a board then
        # takes a place among all, and keeps it as long as nobody answers. So they come back at an
        # even rate, whenever that may be.
        nobody = stage in ("dns", "tcp")
        # Over HTTPS it counts as connected without one. Its memory and its clock are its own.
        held = self._online == 2 and not nobody and stage != "handshake"
        if not self._online and stage in ("lost", "protocol"):
            self._subscribed = False  # the broker may have begun a session, and have said so
        if held and not self._silent:
            self._forget_failures()
        if held or stage in ("memory", "clock"):
            self._pause()
            return
        kept = self._subscribed and not self.link.clean_session
        crowd = self._crowd(_MS_TO_CONNECT if kept else _MS_TO_ASK)
        window = self._window(self._failures, crowd)
        self._failures += 1
        if not self._placed:
            self._placed = True
            window = max(window, crowd)
        elif nobody and window <= crowd:
            self._rest(crowd, True)
            return
        self._rest(window)

    def _forget_failures(self):
        # One that brings an answer, and ends, over and over, must not be made at once.
        if ticks_diff(self.ticks_ms(), self._held_since) >= self.max_retry_ms:
            self._failures = 0
            self._placed = False

    def _receive(self, topic, at, stop, buf, start, end):
        # As MQTTLink has it: about the topic topic[at:stop] the message buf[start:end], or None.
        try:
            kind = self.client.receive_from(topic, at, stop, buf, start, end)
            operation = kind & topics.OPERATION
            if kind and kind == operation:
                if buf is None or self._is_news():
                    self._ask = True
            elif operation and operation == self._waiting:
                self._silent = self._wait = 0
                unread = self.client.unreadable
                if buf is None:
                    unread = "%d bytes, more than the receive buffer" % (end - start)
                if unread:
                    self._again()
                    self._unread(kind, unread)
                elif kind & topics.ACCEPTED:
                    self._waiting = self._throttled = 0
                    self._forget_failures()
                    self._accepted(operation)
                else:
                    self._waiting = 0
                    message = self.client.message
                    code = message.code
                    self._count("rejections")
                    self._fail(RequestRejected(operation, code, message.message))
                    if self._over_by(operation, code):
                        pass
                    elif code == "RequestThrottled":
                        # By the whole account: the connection is as good as before.
                        self._rest(self._window(self._throttled, self._crowd(_MS_TO_ASK)))
                        self._throttled += 1
                    else:
                        self._pause()
        except BaseException:
            self._torn = True
            raise
        return kind

    def _fail(self, error):
        self.last_error = error
        self._tell("error", error)

    def _count(self, what):
        self.stats[what] += 1

    def _tell(self, event, value):
        # A hook that fails must not end what it only watches.
        if self.on_event:
            try:
                self.on_event(event, value)
            except Exception as error:
                self.last_error = error
                self._count("hook_errors")
