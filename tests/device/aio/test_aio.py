"""The agent as a task of asyncio, and handlers that are async functions."""

import asyncio
import gc

import sample
from aio_bench import WAITS, play, turns, until
from iotjobs.outcomes import JobFailed, JobRejected
from support import HeapLocked, equal, placeless

OTHER = 5  # tasks beside that of the agent


def test_other_tasks_get_every_turn_while_the_agent_and_a_handler_work():
    async def scene(world):
        counts = [0] * OTHER
        polls = [0]
        poll = world.link.poll

        def counted():
            polls[0] += 1
            poll()

        world.link.poll = counted

        async def count(which):
            while True:
                counts[which] += 1
                await asyncio.sleep_ms(0)

        async def works(job):
            for i in range(50):
                await asyncio.sleep_ms(0)
                job.progress({"step": str(i)})

        world.handle(works)
        others = [asyncio.create_task(count(i)) for i in range(OTHER)]
        for number in range(3):
            await world.offer("j%d" % number)
            equal((await world.ended())[0], "SUCCEEDED")
        for other in others:
            other.cancel()
        equal(counts[0] > 150, True, counts)
        for each in counts + polls:
            equal(abs(each - counts[0]) <= 1, True, counts + polls)

    play(scene)


def test_how_an_async_handler_ends_is_how_the_job_ends():
    class Odd(Exception):
        pass

    async def scene(world):
        async def ends(job):
            await turns(2)
            if isinstance(ending, (Exception, asyncio.CancelledError)):
                raise ending
            return ending

        world.handle(ends)
        number = 0
        for ending, status, details in (
            (None, "SUCCEEDED", None),
            ({"made": "3"}, "SUCCEEDED", {"made": "3"}),
            (JobFailed("no power", {"at": "2"}), "FAILED", {"at": "2", "reason": "no power"}),
            (JobRejected("not me"), "REJECTED", {"reason": "not me"}),
            (Odd("why"), "FAILED", "Odd: why"),
            (asyncio.TimeoutError(), "FAILED", "TimeoutError"),
            (asyncio.CancelledError(), "FAILED", {"reason": "the handler's task was cancelled"}),
        ):
            number += 1
            await world.offer("j%d" % number)
            found, said = await world.ended()
            if isinstance(details, str):
                said, details = placeless(said), {"reason": details}
            equal((found, said), (status, details), ending)
        equal(world.task.done(), False)

    play(scene)


def sleeps_again(world, job):
    return asyncio.sleep_ms(1)


def test_an_async_function_that_is_not_declared_is_failed_with_the_reason():
    reason = {"reason": "an async function is a handler only by async_handler"}
    for waits in WAITS + (sleeps_again,):
        for in_clean_up in (False, True):

            async def scene(world, waits=waits, in_clean_up=in_clean_up):
                async def works(job):
                    try:
                        await waits(world, job)
                    finally:
                        if in_clean_up:
                            await waits(world, job)

                world.agent.handler("async")(works)
                for number in range(3):
                    await world.offer("j%d" % number)
                    equal(await world.ended(), ("FAILED", reason), waits)
                await world.offer("j4", "steps", times=3)
                equal((await world.ended())[0], "SUCCEEDED")
                await asyncio.sleep_ms(3)  # what is left of them wakes nobody
                await turns(5)

            play(scene)


def test_plain_functions_and_generators_are_handlers_as_ever():
    async def scene(world):
        await world.offer("j1", "plain", result={"a": "1"})
        equal(await world.ended(), ("SUCCEEDED", {"a": "1"}))
        await world.offer("j2", "steps", times=3)
        equal(await world.ended(), ("SUCCEEDED", {"step": "3"}))
        equal(world.cleaned, ["j2"])

    play(scene)


def test_progress_arrives_and_the_newest_counts():
    async def scene(world):
        async def works(job):
            for i in range(3):
                job.progress({"step": str(i)})
            await until(lambda: world.link.last()[0] == "j1/update")
            for i in range(3, 6):
                job.progress({"step": str(i)})

        world.handle(works)
        await world.offer()
        await until(lambda: world.link.last()[0] == "j1/update")
        wanted = {"status": "IN_PROGRESS", "statusDetails": {"step": "2"}}
        wanted.update({"expectedVersion": 1, "executionNumber": 1})
        equal(world.link.last()[1], wanted)
        world.link.answer()
        equal((await world.ended())[0], "SUCCEEDED")
        sent = [asked for _, asked in world.link.sent if asked.get("statusDetails")]
        equal([asked["statusDetails"]["step"] for asked in sent], ["2", "5"])

    play(scene)


def test_progress_of_an_async_handler_polls_nothing():
    async def scene(world):
        async def works(job):
            poll = world.link.poll
            world.link.poll = lambda: world.notes.append("polled")
            job.progress({"step": "1"})
            job.keep("state")
            world.link.poll = poll

        world.handle(works)
        await world.offer()
        await world.ended()
        equal(world.notes, [])

    play(scene)


def test_progress_that_is_no_dict_fails_the_job():
    async def scene(world):
        async def works(job):
            try:
                job.progress("text")
                await asyncio.sleep(3600)
            finally:
                world.notes.append("cleaned")

        world.handle(works)
        await world.offer()
        status, details = await world.ended()
        equal((status, "no dict: text" in details["reason"]), ("FAILED", True))
        equal(world.notes, ["cleaned"])

    play(scene)


def test_waiting_allocates_nothing():
    async def scene(world):
        world.link.answer()
        await until(lambda: world.agent.state == "IDLE")
        await turns(3)
        with HeapLocked():
            for _ in range(1000):
                await asyncio.sleep_ms(0)

    play(scene)


def test_the_interval_is_the_time_from_one_poll_to_the_next():
    slept = []
    sleep_ms = asyncio.sleep_ms

    def noted(ms):
        slept.append(ms)
        return sleep_ms(0)

    async def scene(world):
        await turns(3)

    asyncio.sleep_ms = noted
    try:
        play(scene, interval_ms=20)
    finally:
        asyncio.sleep_ms = sleep_ms
    equal(20 in slept, True)


def test_memory_does_not_grow_over_a_thousand_async_jobs():
    async def scene(world):
        async def works(job):
            job.progress({"step": "1"})
            await turns(1)
            if job.get("long"):
                await asyncio.sleep(3600)
            return {"made": "1"}

        world.handle(works)
        floor = 0
        for number in range(1000 if sample.exhaustive else 300):
            await world.offer("j%03d" % (number % 1000), long=number % 4 == 3)
            if number % 4 == 3:
                await turns(2)
                await world.canceled()
            else:
                equal(await world.ended(), ("SUCCEEDED", {"made": "1"}))
            await until(lambda: world.link.last() == ("start-next", {}))
            del world.link.sent[:-1]
            del world.link.handled[:]
            gc.collect()
            used = gc.mem_alloc()
            if number < 100:
                floor = max(floor, used)
            else:
                # The collector keeps what a word of the stack that nobody uses points at: a little
                # more or less. A word that each job left would be 14 kB by the end.
                equal(used <= floor + 1024, True, (number, used, floor))

    play(scene)
