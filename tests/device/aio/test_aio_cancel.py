"""What becomes of an async handler whose job is over: its task, its clean-up, the next job."""

import asyncio

from afterwards import replaced
from aio_bench import WAITS, cleaning, forever, play, turns, until
from iotjobs import aio
from iotjobs.aio import run
from support import Clock, equal, raises


def test_a_job_that_is_canceled_cancels_its_task_and_reports_nothing():
    for waits in WAITS + (forever,):

        async def scene(world, waits=waits):
            await world.begin(cleaning(world, waits))
            sent = await world.canceled()
            await until(lambda: "cleaned" in world.notes)
            await turns(5)
            equal([tail for tail, _ in world.link.sent[sent:]], ["start-next"], waits)
            await world.goes_on(waits)

        play(scene)


def test_a_job_that_is_over_is_told_in_a_task_of_the_handler_before_that_is_cancelled():
    # The handler's task is cancelled at once, those that it waits for only when it had its turn.
    async def scene(world):
        async def step(job):
            await until(lambda: not world.agent.job)
            try:
                job.progress({"step": "1"})
            finally:
                world.notes.append("told")

        async def works(job):
            await asyncio.wait_for(step(job), 3600)

        await world.begin(works)
        await world.canceled()
        await until(lambda: world.notes == ["told"])

    play(scene)


def test_the_clean_up_may_await_and_the_next_job_waits_for_it():
    async def scene(world):
        async def works(job):
            world.notes.append("begin " + job.job_id)
            try:
                await asyncio.sleep(3600 if job.job_id == "j1" else 0)
            finally:
                await turns(20)
                world.notes.append("cleaned " + job.job_id)

        await world.begin(works)
        await world.canceled()
        await world.offer("j2")
        await turns(3)
        equal(world.notes, ["begin j1"])
        equal(await world.ended(), ("SUCCEEDED", None))
        equal(world.notes, ["begin j1", "cleaned j1", "begin j2", "cleaned j2"])

    play(scene)


class Time(Clock):
    """The module `time`, as far as aio needs it."""

    ticks_ms = Clock.__call__

    def ticks_diff(self, end, start):
        return ((end - start + 0x20000000) & 0x3FFFFFFF) - 0x20000000  # as a board's go round


def test_a_handler_that_does_not_end_costs_later_jobs_a_minute_and_is_told_of():
    clock = Time()
    replaced(aio, "time", clock)

    async def scene(world):
        async def stubborn(job):
            while not world.notes:
                try:
                    await asyncio.sleep_ms(0)
                except asyncio.CancelledError:
                    pass

        world.handle(stubborn)
        world.handle(lambda job: turns(1), "next")
        await world.offer("j1")
        await turns(3)
        await world.canceled()
        clock.now += 59_999
        await world.offer("j2", "next")
        await turns(10)
        equal(world.agent.state, "RUNNING")
        clock.now += 1
        reason = {"reason": "the handler of an earlier job does not end"}
        equal(await world.ended(), ("FAILED", reason))
        clock.now += 7 * 24 * 3_600_000
        await world.offer("j3", "next")
        equal(await world.ended(), ("FAILED", reason))
        await world.offer("j4", "plain", result=None)  # a reboot, for instance
        equal(await world.ended(), ("SUCCEEDED", None))
        world.notes.append("now")
        await turns(3)
        await world.offer("j5", "next")
        equal(await world.ended(), ("SUCCEEDED", None))

    play(scene)


def test_a_handler_that_ignores_its_cancellation_is_told_when_it_goes_on_calling():
    async def scene(world):
        async def ignores(job):
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    world.notes.append("ignored")
                for _ in range(5):  # a clean-up may call what it wants
                    for call in (job.progress, lambda: job.keep(1), job.reset):
                        equal(call(), None)
                job.offline()
                raises(asyncio.CancelledError, job.progress)
                raises(asyncio.CancelledError, job.keep, 1)
                raises(asyncio.CancelledError, job.reset)
                world.notes.append("told")
                job.progress()

        await world.begin(ignores)
        await world.canceled()
        await until(lambda: world.notes == ["ignored", "told"])
        await turns(3)

    play(scene)


def test_what_the_clean_up_raises_goes_to_the_handler_of_the_loop():
    async def scene(world):
        async def works(job):
            try:
                await asyncio.sleep(3600)
            finally:
                raise OSError(5)

        await world.begin(works)
        await world.canceled()
        await turns(5)

    play(scene, [OSError])


def test_a_job_that_is_over_before_its_task_has_begun_is_never_begun():
    async def scene(world):
        async def works(job):
            world.notes.append(job.job_id)

        world.handle(works)
        await world.offer("j0", "plain", result=None)
        await world.ended()
        world.task.cancel()
        await until(lambda: world.link.last() == ("start-next", {}))
        world.start({"operation": "async"})  # no other task has a turn
        world.cancel()
        world.poll(2)
        world.answer_canceled()
        world.poll(2)
        equal(world.agent.job, None)
        world.task = asyncio.create_task(run(world.agent, 0))
        await turns(5)
        equal(world.notes, [])
        await world.offer("j2")
        equal(await world.ended(), ("SUCCEEDED", None))
        equal(world.notes, ["j2"])

    play(scene)
