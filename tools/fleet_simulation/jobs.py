"""The model of boards that run a job, and report it until that is accepted."""

from .boards import ROUND_TRIP_MS, Boards

WORK_MS = 60_000  # how long the job's handler takes


class JobBoards(Boards):
    """Boards for each of which there is one job, with `updates` requests in all: one that starts
    it, one that reports how it ended, and the rest are progress.

    The job is created at time 0. `served` has when its end was accepted.
    """

    def __init__(self, count, conduct, service, wheel, random, updates=2):
        super().__init__(count, conduct, service, wheel, random)
        self.updates = updates
        self._done = bytearray(count)  # the handler has ended
        self._news = bytearray(count)  # progress waits to be sent
        self._talks = bytearray(count)  # a request is under way, or one waits
        self._sent_end = bytearray(count)
        self._asking = bytearray(count)  # a question is under way, or waits to be made again
        self.progress_sent = self.progress_dropped = 0

    def notify(self, boards):
        """There is a job for these, which are told. Who is asking already gets it so."""
        for board in boards:
            self.since[board] = 0
            self.idle[board] = 0
        asking = self._asking
        start = [board for board in boards if not asking[board]]
        self.wheel.batch(ROUND_TRIP_MS, self._start).extend(start)

    def _ask(self, boards):
        for board in boards:
            self._asking[board] = 1
        super()._ask(boards)

    def _answered(self, boards):
        found, others = [], []
        for board in boards:
            self._asking[board] = 0
            (found if self.since[board] >= 0 else others).append(board)
        if found:
            self._run(found)
        super()._answered(others)

    def _start(self, boards):
        passed = self.service.passing("writes", len(boards))
        self.requests += len(boards)
        self.wheel.batch(ROUND_TRIP_MS / 2, self._run).extend(boards[:passed])
        for board in boards[passed:]:
            self._wait((board,), self.throttle_ms(board), self._start, ROUND_TRIP_MS)

    def _run(self, boards):
        now = self.wheel.now_ms
        steps = self.updates - 1
        for board in boards:
            self.heard(board, now)
        for step in range(1, steps):
            self.wheel.batch(WORK_MS * step / steps, self._progress).extend(boards)
        self.wheel.batch(WORK_MS, self._end).extend(boards)

    def _progress(self, boards):
        for board in boards:
            self._news[board] = 1
        self._say([board for board in boards if not self._talks[board]])

    def _end(self, boards):
        for board in boards:
            self._done[board] = 1
        self._say([board for board in boards if not self._talks[board]])

    def _say(self, boards, before_ms=0):
        for board in boards:
            self._talks[board] = 1
        self.wheel.batch(before_ms + ROUND_TRIP_MS / 2, self._update).extend(boards)

    def _update(self, boards):
        passed = self.service.passing("writes", len(boards))
        self.requests += len(boards)
        for board in boards:
            self._sent_end[board] = self._done[board]
            self._news[board] = 0
            self.progress_sent += not self._done[board]
        self.wheel.batch(ROUND_TRIP_MS / 2, self._accepted).extend(boards[:passed])
        drops = self.conduct.drops_progress
        for board in boards[passed:]:
            if not self._sent_end[board]:
                self.progress_dropped += 1
                self._news[board] = not drops
            # A job that goes on waits for no fleet.
            window = self.throttle_ms(board, self._loss_windows)
            self._wait((board,), window, self._again, ROUND_TRIP_MS)

    def _again(self, boards):
        # The wait of a throttled one is over.
        for board in boards:
            self._talks[board] = 0
        self._say([board for board in boards if self._news[board] or self._done[board]])

    def _accepted(self, boards):
        now = self.wheel.now_ms
        over = []
        for board in boards:
            self.heard(board, now)
            self._talks[board] = 0
            if self._sent_end[board]:
                self._done[board] = self._sent_end[board] = self._news[board] = 0
                self.served.append(now - self.since[board])
                self.since[board] = -1
                over.append(board)
            elif self._done[board]:
                self._say((board,))
            elif self._news[board]:
                self._say((board,), self.conduct.progress_ms)
        if over:  # it asks whether there is another one
            self.wheel.batch(ROUND_TRIP_MS / 2, self._ask).extend(over)
