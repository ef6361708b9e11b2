"""Async handlers as steps of a job document, beside others that are plain: what such a one calls
within a poll is not a task's.
"""

import asyncio

from agent_bench import flash
from aio_bench import play, turns, until
from one_job import Reset, reset
from support import equal, raises


def in_steps(*names, ignored="false"):
    steps = []
    for name in names:
        action = {"name": name, "type": "runHandler", "input": {"handler": name}}
        action["ignoreStepFailure"] = ignored
        steps.append({"action": action})
    return {"version": "1.0", "steps": steps}


def playing(name, handler, document, scene):
    """Run scene(world) when the agent has this job, of which `name` is the plain
    handler(world, job)'s.
    """

    async def played(world):
        world.agent.handler(name)(lambda job: handler(world, job))
        world.handle(lambda job: turns(1))
        await until(lambda: world.link.last() == ("start-next", {}))
        world.hand_out(document, version=1)
        await until(lambda: world.agent.job)
        await scene(world)

    return played


def test_a_plain_step_after_an_async_one_may_call_anything_when_the_job_is_over():
    notes = []

    def waits(world, job):
        try:
            notes.append("waits")
            while True:
                yield
        finally:
            job.progress({"pump": "off"})
            job.keep(1)
            job.offline()
            job.reset()
            notes.append("all of it")

    async def scene(world):
        while "waits" not in notes:
            await until(lambda: notes or world.link.last()[0] == "j1/update")
            world.link.answer()
            await turns(2)
        await world.canceled()
        equal(notes, ["waits", "all of it"])
        await world.goes_on()

    play(playing("waits", waits, in_steps("async", "waits"), scene), state_path=flash())


def test_a_plain_step_after_an_async_one_reports_while_it_blocks():
    seen = []

    def blocks(world, job):
        world.link.answer()  # to what the step before has left
        before = len(world.link.sent)
        job.progress({"half": "done"})
        seen.append(len(world.link.sent) > before)
        return {"all": "done"}

    async def scene(world):
        status, details = await world.ended()
        equal((status, details["all"], seen), ("SUCCEEDED", "done", [True]))

    play(playing("blocks", blocks, in_steps("async", "blocks"), scene))


def test_a_plain_step_after_an_async_one_may_reset_the_board():
    def resets(world, job):
        if not job.resumed:
            job.reset({"boots": "now"}, resume=True)

    async def scene(world):
        await world.ended()

    document = in_steps("async", "resets")
    raises(
        Reset, play, playing("resets", resets, document, scene), state_path=flash(), reset=reset
    )


def test_no_step_begins_when_a_task_of_the_one_before_has_reset_the_board():
    for ignored in ("false", "true"):
        begun = []

        async def helper(job):
            job.reset({"boots": "now"})

        async def works(job):
            asyncio.create_task(helper(job))
            await asyncio.sleep(3600)

        async def played(world, ignored=ignored, begun=begun):
            world.handle(works)
            world.agent.handler("next")(lambda job: begun.append(job.job_id))
            await until(lambda: world.link.last() == ("start-next", {}))
            world.hand_out(in_steps("async", "next", ignored=ignored), version=1)
            await until(lambda: world.agent.job)
            await world.ended()

        raises(Reset, play, played, state_path=flash(), reset=reset)
        equal(begun, [])


def test_an_async_function_that_is_not_declared_may_call_anything_in_its_clean_up():
    notes = []

    async def waits(world, job):
        try:
            await asyncio.sleep(3600)
        finally:
            job.progress({"pump": "off"})
            notes.append("all of it")

    async def scene(world):
        status, details = await world.ended()
        equal((status, "async_handler" in details["reason"]), ("FAILED", True))
        await world.goes_on()

    for names in (("waits",), ("async", "waits")):
        play(playing("waits", waits, in_steps(*names), scene))
    equal(notes, ["all of it"] * 2)
