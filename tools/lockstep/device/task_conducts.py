"""Async handlers that misbehave by what they do; as conducts.py, but each is a task's."""

import asyncio

_LATER_MS = 400


async def _pause(job):
    await asyncio.sleep_ms(job.get("ms") or _LATER_MS)


async def awaits_for_ever(job, board):
    while True:
        await _pause(job)


async def awaits_an_event(job, board):
    await asyncio.Event().wait()


async def awaits_and_reports_for_ever(job, board):
    while True:
        job.progress({"k": "the same"})
        await _pause(job)


async def awaits_and_keeps_for_ever(job, board):
    while True:
        job.keep(["the same"])
        await _pause(job)


async def is_deaf_to_its_end(job, board):
    while True:
        try:
            await _pause(job)
        except BaseException:
            board.go_on()
            board.closes(job)  # nothing else says so


async def hangs_in_a_task(job, board):
    job.progress({"k": "1"})
    await _pause(job)
    while True:
        board.net.sleep_ms(_LATER_MS)


async def resets_the_board_in_a_task(job, board):
    await _pause(job)
    board.stop("reset by the handler")


async def leaves_in_a_task(job, board):
    job.progress({"k": "1"})
    await _pause(job)
    board.leave(SystemExit())


async def fails_in_a_task(job, board):
    await _pause(job)
    raise ValueError("why")


async def fails_in_another_task(job, board):
    await asyncio.create_task(fails_in_a_task(job, board))


async def recurses_in_a_task(job, board):
    await recurses_in_a_task(job, board)


async def asks_for_too_much_in_a_task(job, board):
    await _pause(job)
    bytearray(1 << 30)


async def resets_in_a_task(job, board):
    await _pause(job)
    if not job.resumed:
        job.reset({"k": "1"}, resume=True)


async def resets_for_ever_in_a_task(job, board):
    await _pause(job)
    job.reset(None, True)


async def resets_in_another_task(job, board):
    asyncio.create_task(_resets(job))
    while True:
        await _pause(job)


async def _resets(job):
    await _pause(job)
    job.reset({"k": "1"})


async def reports_in_another_task(job, board):
    """That goes on when the handler has ended."""
    asyncio.create_task(awaits_and_reports_for_ever(job, board))
    await _pause(job)
    await _pause(job)


async def is_cancelled_by_another_task(job, board):
    asyncio.create_task(_cancels(job, asyncio.current_task()))
    while True:
        await _pause(job)


async def _cancels(job, task):
    await _pause(job)
    task.cancel()


async def cleans_up_in_a_task(job, board):
    try:
        job.progress({"k": "1"})
        await _pause(job)
    finally:
        await _pause(job)
        job.progress({"pump": "off"})
        job.keep(["off"])
        job.offline()


async def cleans_up_by_failing_in_a_task(job, board):
    try:
        await _pause(job)
    finally:
        raise OSError(5)


async def polls_in_a_task(job, board):
    for _ in range(3):
        board.agent.poll()
        await _pause(job)
