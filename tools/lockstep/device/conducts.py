"""Handlers that misbehave by what they do, not by what they hand over.

Each gets the Job and the Device. lockstep/conducts.py names it, and says how its job may end.
"""

from iotjobs import JobFailed

_STEP_MS = 500
_SWALLOWED = 8  # calls of one that takes no exception for an answer


def hangs(job, board):
    """As in C: nothing but the watchdog ends it."""
    while True:
        board.net.sleep_ms(_STEP_MS)


def hangs_later(job, board):
    yield {"k": "1"}
    yield from board.pause(job)
    hangs(job, board)


def hangs_offline(job, board):
    job.offline()
    yield
    hangs(job, board)


def hangs_where_it_was(job, board):
    job.keep(["here"])
    hangs(job, board)


def hangs_in_its_clean_up(job, board):
    try:
        yield from board.pause(job)
        raise ValueError("why")
    finally:
        hangs(job, board)


def hangs_further_on(job, board):
    """Each start gets on, so that it ends by itself."""
    at = (job.state or 0) + 1
    job.keep(at)
    if at < 4:
        hangs(job, board)


def reports_for_ever(job, board):
    """The agent goes on within it, but the program does not."""
    while True:
        job.progress({"k": "the same"})
        board.net.sleep_ms(_STEP_MS)


def resets_the_board(job, board):
    board.stop("reset by the handler")


def resets_the_board_later(job, board):
    yield {"k": "1"}
    yield from board.pause(job)
    board.stop("reset by the handler")


def resets_for_ever(job, board):
    yield from board.pause(job)
    job.reset({"k": "1"}, resume=True)


def keeps_and_resets_for_ever(job, board):
    yield
    job.keep("the same")
    job.reset(None, True)


def swallows_its_reset(job, board):
    try:
        job.reset({"k": "1"})
    except BaseException:
        board.go_on()
    return {"k": "2"}


def leaves(job, board):
    board.leave(SystemExit())


def leaves_later(job, board):
    yield {"k": "1"}
    yield from board.pause(job)
    board.leave(SystemExit(1))


def is_interrupted(job, board):
    job.progress({"k": "1"})
    board.leave(KeyboardInterrupt())


def leaves_in_its_clean_up(job, board):
    try:
        yield {"k": "1"}
        yield from board.pause(job)
    finally:
        board.leave(KeyboardInterrupt())


def exhausts_the_memory(job, board):
    held = []
    while True:
        held.append(bytearray(4_000))


def asks_for_too_much(job, board):
    yield {"k": "1"}
    bytearray(1 << 30)


def recurses(job, board):
    return recurses(job, board)


def recurses_and_reports(job, board, depth=0):
    job.progress({"k": str(depth)})
    recurses_and_reports(job, board, depth + 1)


def recurses_and_cleans_up(job, board, depth=0):
    try:
        recurses_and_cleans_up(job, board, depth + 1)
    finally:
        job.progress({"k": str(depth)})


def never_ends(job, board):
    while True:
        yield


def never_ends_and_reports(job, board):
    while True:
        yield {"k": "the same"}
        yield from board.pause(job)


def never_ends_and_keeps(job, board):
    while True:
        job.keep({"k": ["the same"]})
        yield
        yield from board.pause(job)


def never_ends_nor_closes(job, board):
    while True:
        try:
            yield
        except GeneratorExit:
            board.go_on()


def polls(job, board):
    for _ in range(3):
        try:
            board.agent.poll()
        except RuntimeError:
            job.progress({"k": "refused"})
        yield from board.pause(job)


def polls_and_fails(job, board):
    board.agent.poll()


def runs_once(job, board):
    yield {"k": "1"}
    board.agent.run_once()


def swallows(job, board):
    for at in range(_SWALLOWED):
        try:
            job.progress({"k": str(at)})
            job.keep(at)
            job.offline(False)
        except BaseException:
            board.go_on()
        board.net.sleep_ms(_STEP_MS)


def stays_offline(job, board):
    job.offline()
    yield {"k": "1"}
    yield from board.pause(job)


def stays_offline_and_fails(job, board):
    job.offline()
    yield {"k": "1"}
    yield from board.pause(job)
    raise JobFailed("why")


def drops_the_link(job, board):
    board.agent.link.close()
    job.progress({"k": "1"})
    yield from board.pause(job)
    board.agent.link.disconnect()


def cleans_up(job, board):
    try:
        yield {"k": "1"}
        yield from board.pause(job)
    finally:
        job.progress({"pump": "off"})
        job.keep(["off"])
        job.offline()


def cleans_up_by_a_reset(job, board):
    try:
        yield {"k": "1"}
        yield from board.pause(job)
    finally:
        if not job.resumed:
            job.reset({"pump": "off"})


def cleans_up_slowly(job, board):
    try:
        yield {"k": "1"}
        yield from board.pause(job)
    finally:
        yield {"pump": "slower"}
        yield from board.pause(job)
        yield {"pump": "off"}


def cleans_up_by_failing(job, board):
    try:
        yield {"k": "1"}
        yield from board.pause(job)
    finally:
        raise OSError(5)
