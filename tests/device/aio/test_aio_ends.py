"""What an async handler does to more than its job: it polls the link itself, ends the program, or
resets the board.
"""

import asyncio

from agent_bench import Bench, begun, flash
from aio_bench import cleaning, play, sleeps, turns, until
from iotjobs.aio import async_handler, run
from one_job import Reset, reset
from support import equal, raises


def polls_itself(world, job):
    # As link.publish at QoS 1 does.
    equal(world.link.last()[0], "j1/get")
    world.answer_canceled()
    world.link.poll()
    equal(world.agent.job, None)


def polling_scene(child, calls):
    """A handler, or a task for which it waits, learns of the cancellation by polling the link."""

    async def scene(world):
        async def body(job):
            try:
                await until(lambda: world.link.last()[0] == "j1/get")
                polls_itself(world, job)
                if calls:
                    job.progress()
                await asyncio.sleep(3600)
            finally:
                await turns(5)
                world.notes.append("cleaned")

        async def works(job):
            await asyncio.create_task(body(job))

        world.handle(works if child else body)
        await world.offer()
        await turns(3)
        world.cancel()
        await until(lambda: world.notes == ["cleaned"])
        await world.goes_on()

    return scene


def test_a_handler_that_polls_the_link_itself_is_cancelled_where_it_awaits_next():
    for child in (False, True):
        for calls in (False, True):
            play(polling_scene(child, calls))


def test_a_handler_that_polls_the_link_and_then_ends_is_over():
    async def scene(world):
        async def works(job):
            await until(lambda: world.link.last()[0] == "j1/get")
            polls_itself(world, job)

        await world.begin(works)
        world.cancel()
        await until(lambda: not world.agent.job)
        await world.goes_on()

    play(scene)


def test_a_job_that_is_over_while_no_loop_runs_is_cancelled_when_one_does():
    async def scene(world):
        await world.begin(cleaning(world, sleeps))

    world = play(scene)
    world.cancel()
    world.poll()
    world.answer_canceled()
    world.poll()
    equal((world.agent.job, world.agent.last_error, world.notes), (None, None, []))
    asyncio.run(turns(3))
    equal(world.notes, ["cleaned"])


def test_a_reset_unwinds_the_handler_first_and_the_next_program_reports_it():
    for child in (False, True):
        path = flash()
        notes = []

        async def scene(world, child=child, notes=notes):
            async def step(job):
                try:
                    job.keep({"at": 7})
                    job.reset({"boots": "now"})
                finally:
                    await turns(5)
                    notes.append("cleaned")

            async def works(job):
                await (asyncio.wait_for(step(job), 3600) if child else step(job))
                notes.append("went on")

            world.handle(works)
            await world.offer()
            equal((await world.ended()), None)

        raises(Reset, play, scene, state_path=path, reset=reset)
        equal(notes, ["cleaned"])
        bench = Bench(state_path=path)
        bench.poll(4)
        bench.hold(4)
        equal(bench.update()[0], "SUCCEEDED")


def test_a_handler_that_resets_to_resume_is_called_again():
    path = flash()
    calls = []

    async def works(job):
        await turns(1)
        calls.append((job.resumed, job.state))
        if not job.resumed:
            job.keep({"at": 7})
            job.reset(resume=True)

    async def scene(world):
        world.handle(works)
        await world.offer()
        if not calls:
            await world.ended()
        equal(await world.ended(), ("SUCCEEDED", None))

    raises(Reset, play, scene, state_path=path, reset=reset)
    play(scene, state_path=path)
    equal(calls, [(False, None), (True, {"at": 7})])


def test_a_run_that_is_cancelled_may_begin_again_and_the_handler_goes_on_meanwhile():
    async def scene(world):
        async def works(job):
            await turns(10)
            world.notes.append("done")
            return {"made": "1"}

        await world.begin(works)
        world.task.cancel()
        await until(lambda: world.notes == ["done"])
        await turns(5)
        equal((world.task.done(), world.agent.state), (True, "RUNNING"))
        world.task = asyncio.create_task(run(world.agent, 0))
        equal(await world.ended(), ("SUCCEEDED", {"made": "1"}))

    play(scene)


def test_what_ends_the_program_passes_and_the_job_can_end_after_it():
    for kind in (KeyboardInterrupt, SystemExit):
        later = []

        async def scene(world, kind=kind, later=later):
            async def works(job):
                await turns(1)
                raise kind

            async def again():
                task = asyncio.create_task(run(world.agent, 0))
                equal(await world.ended(), ("FAILED", {"reason": kind.__name__}))
                task.cancel()

            world.handle(works)
            await world.offer()
            later.append(again)
            await turns(200)

        raises(kind, play, scene)
        asyncio.run(later[0]())


def test_what_a_poll_raises_ends_the_agents_task_and_no_other():
    async def scene(world):
        def broken():
            raise ValueError("a link of the application's own")

        async def watched():
            try:
                await run(world.agent)
            except ValueError:
                # Else the loop, where it is built with assertions, ends with the task.
                world.notes.append(asyncio.current_task().data)

        world.task.cancel()
        await turns(2)
        world.link.poll = broken
        world.task = asyncio.create_task(watched())
        await turns(2)
        equal((world.notes, world.task.done()), ([None], True))

    play(scene)


def test_a_task_of_the_handler_may_reset_and_the_handler_ends_with_it():
    path = flash()
    notes = []

    async def scene(world):
        async def helper(job):
            job.reset({"boots": "now"})

        async def works(job):
            tasks.append(asyncio.create_task(helper(job)))  # which it does not wait for
            try:
                while True:
                    await asyncio.sleep(3600)
            finally:
                notes.append("cleaned")

        world.handle(works)
        await world.offer()
        equal((await world.ended()), None)

    tasks = []
    raises(Reset, play, scene, state_path=path, reset=reset)
    equal(notes, ["cleaned"])
    bench = Bench(state_path=path)
    bench.poll(4)
    bench.hold(4)
    equal(bench.update()[0], "SUCCEEDED")


def test_without_a_loop_an_async_handler_fails_at_once():
    @async_handler
    async def works(job):
        pass

    bench = begun({"operation": "async"}, works)
    status, details = bench.update()
    equal((status, "no loop runs" in details["reason"]), ("FAILED", True))


def test_the_clean_up_may_call_anything():
    async def scene(world):
        async def works(job):
            try:
                await asyncio.sleep(3600)
            finally:
                job.progress({"pump": "off"})
                job.keep(1)
                job.offline()
                job.reset()
                await turns(2)
                job.progress()
                world.notes.append("all of it")

        await world.begin(works)
        await world.canceled()
        await until(lambda: world.notes == ["all of it"])
        equal(world.link.closed, False)

    play(scene)
