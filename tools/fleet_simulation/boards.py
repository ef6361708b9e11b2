"""The model of boards that connect, subscribe and ask: `iotjobs.agent.session` in a few arrays.

What an agent decides is decided here in the same way, a batch of boards at a time. What cannot
matter to a quota is left out: payloads, versions, and everything that one board does for itself.
"""

from array import array

HANDSHAKE_MS = 1_500  # TLS with EC keys on an RP2040 (boards/README.md)
ROUND_TRIP_MS = 100
NOBODY_MS = 10_000  # MQTTLink's `timeout_ms`: how long a connection is tried that nobody answers


class Boards:
    """`count` boards with this `conduct` at a `service`, on a `wheel`. `random` is a Random.

    `served` has, in the order of time, when (ms) a board had what it came for: it knows whether
    there is a job for it. `away` is the time (from, to) in ms in which nobody answers, or None.
    `on_idle(board)` is called when a board has nothing more to ask.
    """

    def __init__(self, count, conduct, service, wheel, random, away=None):
        self.count = count
        self.conduct = conduct
        self.service = service
        self.wheel = wheel
        self.away = away
        self.on_idle = None
        self._random = random.random
        self._windows = conduct.windows(conduct.spread_ms)
        self._loss_windows = conduct.windows(0)
        self._throttle_windows = conduct.windows(conduct.sync_spread_ms)
        self.served = array("d")
        self.since = array("d", bytes(8 * count))  # from when on it waits for what `served` notes
        self.idle = bytearray(count)
        self._connected = bytearray(count)
        self._subscribed = bytearray(count)  # in a session that the broker has
        self._asks = bytearray(b"\1" * count)
        self._placed = bytearray(count)  # it has its place in the fleet: see _unanswered
        self._failures = bytearray(count)
        self._throttled = bytearray(count)
        self._polls = bytearray(count)  # a poll is on the wheel
        self._held_since = array("d", bytes(8 * count))
        self._lost_at = array("d", bytes(8 * count))
        self._asked_at = array("d", bytes(8 * count))
        self.handshakes = 0  # begun, each with a TLS connection
        self.unanswered = 0  # connections tried while nobody was there
        self.requests = 0
        self.subscribes = 0

    # From power-up to the connection

    def power_up(self):
        """All begin at once."""
        self._placed = bytearray(b"\1" * self.count)
        self._wait(range(self.count), self.conduct.sync_spread_ms, self._try)

    def connect_all(self):
        """All are connected, and idle, as if each had been asked at some time before. LevelError
        if the quotas do not let them.
        """
        count = self.count
        subscriptions = count * self.conduct.filters
        self.service.hold({"connections": count, "subscriptions": subscriptions})
        self.idle = bytearray(b"\1" * count)
        self._connected = bytearray(b"\1" * count)
        self._subscribed = bytearray(b"\1" * count)
        self._asks = bytearray(count)
        self._held_since = array("d", [-3.6e6]) * count
        poll_ms = self.conduct.poll_ms
        for board in range(count):
            before = self._random() * poll_ms
            self._asked_at[board] = -before
            self._polls[board] = 1
            self.wheel.at(poll_ms - before, self._poll, board)

    def lose(self, boards):
        """These lose their connection now."""
        now = self.wheel.now_ms
        clean = self.conduct.clean_session
        for board in boards:
            self._connected[board] = self.idle[board] = 0
            self._lost_at[board] = self.since[board] = now
            if clean:
                self._asks[board] = 1
            self._forget_held(board, now)
            self._close(board)
            window_ms = self._loss_windows[self._failures[board]]
            self._failures[board] = min(self._failures[board] + 1, 255)
            self._wait((board,), window_ms, self._try)

    def _close(self, board):
        self._connected[board] = 0
        self.service.left("connections")
        if self.conduct.clean_session and self._subscribed[board]:
            self._subscribed[board] = 0
            self.service.left("subscriptions", self.conduct.filters)

    def _wait(self, boards, window_ms, handler, before_ms=0):
        random = self._random
        batch = self.wheel.batch
        for board in boards:
            batch(before_ms + random() * window_ms, handler).append(board)

    def _try(self, boards):
        now = self.wheel.now_ms
        if self.away and self.away[0] <= now < self.away[1]:
            self.unanswered += len(boards)
            for board in boards:
                self._unanswered(board)
            return
        self.handshakes += len(boards)
        self.wheel.batch(HANDSHAKE_MS, self._connect).extend(boards)

    def _unanswered(self, board):
        # Its place in the fleet is found once, and then kept: so all come at an even rate,
        # whenever the service is there again.
        spread_ms = self.conduct.spread_ms
        window_ms = self._windows[self._failures[board]]
        wait_ms = self._random() * max(window_ms, spread_ms)
        if window_ms <= spread_ms and self._placed[board]:
            wait_ms = spread_ms
        self._placed[board] = 1
        self._failures[board] = min(self._failures[board] + 1, 255)
        self.wheel.at(NOBODY_MS + wait_ms, self._try, board)

    def _connect(self, boards):
        now = self.wheel.now_ms
        service = self.service
        passed = service.passing("connects", len(boards))
        passed = service.entering("connections", passed) if passed else 0
        kept_ms = service.session_ms
        for board in boards[:passed]:
            self._connected[board] = 1
            self._held_since[board] = now
            if self._subscribed[board] and now - self._lost_at[board] >= kept_ms:
                self._subscribed[board] = 0
                service.left("subscriptions", self.conduct.filters)
            if not self._subscribed[board]:
                self._asks[board] = 1
                self.wheel.at(ROUND_TRIP_MS, self._subscribe, board)
            elif self._asks[board]:
                self.wheel.at(ROUND_TRIP_MS, self._ask, board)
            else:
                self.wheel.at(ROUND_TRIP_MS / 2, self._settled, board)
        self._refused(boards[passed:], 0)

    def _subscribe(self, boards):
        service = self.service
        filters = self.conduct.filters
        self.subscribes += len(boards)
        answered = service.passing("filters", len(boards), filters)
        entered = service.entering("subscriptions", answered, filters) if answered else 0
        for board in boards[:entered]:
            self._subscribed[board] = 1
        self.wheel.batch(ROUND_TRIP_MS, self._ask).extend(boards[:entered])
        for board in boards[entered:]:
            self._close(board)
        self._refused(boards[entered:answered], ROUND_TRIP_MS)
        self._refused(boards[answered:], self.conduct.request_timeout_ms)  # the link's, as long

    def _refused(self, boards, before_ms):
        # By a service that is there: wait, and try again.
        windows = self._windows
        failures = self._failures
        placed = self._placed
        longest = self.conduct.spread_ms
        random = self._random
        batch = self.wheel.batch
        handler = self._try
        for board in boards:
            times = failures[board]
            window = windows[times]
            if times < 255:
                failures[board] = times + 1
            if not placed[board]:
                placed[board] = 1
                window = max(window, longest)
            batch(before_ms + random() * window, handler).append(board)

    # What is asked

    def _ask(self, boards):
        passed = self.service.passing("writes", len(boards))
        self.requests += len(boards)
        self.wheel.batch(ROUND_TRIP_MS / 2, self._answered).extend(boards[:passed])
        for board in boards[passed:]:
            self._wait((board,), self.throttle_ms(board), self._ask, ROUND_TRIP_MS)

    def throttle_ms(self, board, windows=None):
        """The longest wait of this board now, of which a request was throttled."""
        if self.conduct.own_back_off:
            counts, windows = self._throttled, windows or self._throttle_windows
        else:
            counts, windows = self._failures, self._windows
        times = counts[board]
        counts[board] = min(times + 1, 255)
        return windows[times]

    def heard(self, board, now):
        """An answer has come that accepts."""
        self._asked_at[board] = now
        self._throttled[board] = 0
        self._forget_held(board, now)

    def _forget_held(self, board, now):
        if now - self._held_since[board] >= max(self.conduct.max_retry_ms, self.conduct.retry_ms):
            self._failures[board] = self._placed[board] = 0

    def _answered(self, boards):
        now = self.wheel.now_ms
        for board in boards:
            self.heard(board, now)
            self._asks[board] = 0
        self._settled(boards)

    def _settled(self, boards):
        now = self.wheel.now_ms
        polls = self._polls
        for board in boards:
            self.idle[board] = 1
            if self.since[board] >= 0:
                self.served.append(now - self.since[board])
                self.since[board] = -1
            if not polls[board]:
                polls[board] = 1
                self.wheel.at(self.conduct.poll_ms, self._poll, board)
            if self.on_idle:
                self.on_idle(board)

    def _poll(self, boards):
        now = self.wheel.now_ms
        poll_ms = self.conduct.poll_ms
        asking = []
        for board in boards:
            late_ms = now - self._asked_at[board] - poll_ms
            if not self.idle[board]:
                self._polls[board] = 0
            elif late_ms < 0:
                self.wheel.at(-late_ms, self._poll, board)
            else:
                self._polls[board] = 0
                asking.append(board)
        if asking:
            self._ask(asking)
