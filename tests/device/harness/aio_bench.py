"""An agent in a task of asyncio, on a link whose other end is the test; what handlers wait for."""

import asyncio

from afterwards import afterwards
from agent_bench import Bench
from iotjobs import aio
from iotjobs.aio import async_handler, run
from support import equal

_ROUNDS = 200  # of all tasks, before a test gives up


async def turns(count):
    """Let every other task have its turn so many times."""
    for _ in range(count):
        await asyncio.sleep_ms(0)


async def until(condition):
    for _ in range(_ROUNDS):
        if condition():
            return
        await asyncio.sleep_ms(0)
    raise AssertionError("it never came to this")


class World(Bench):
    """A Bench whose agent is polled by a task; `notes` is for the handlers."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.notes = []
        self.online()

    def handle(self, function, operation="async"):
        self.agent.handler(operation)(async_handler(function))

    async def offer(self, job_id="j1", operation="async", **members):
        """Hand out a job, and return when it is begun."""
        await until(lambda: self.link.last() == ("start-next", {}))
        self.hand_out(dict(members, operation=operation), job_id, version=1)
        await until(lambda: self.agent.job and self.agent.job.job_id == job_id)

    async def begin(self, function):
        """Hand out a job for this handler, and return when it has had a few turns."""
        self.handle(function)
        await self.offer()
        await turns(3)

    async def goes_on(self, case=None):
        """Check that the next job is run."""
        self.handle(lambda job: turns(1))
        await self.offer("j2")
        equal(await self.ended(), ("SUCCEEDED", None), case)

    async def ended(self):
        """Accept updates until one has an end; its status and details."""
        while True:
            await until(lambda: self.link.last()[0].endswith("/update"))
            update = self.link.last()[1]
            self.link.answer()
            await turns(2)
            if update["status"] != "IN_PROGRESS":
                return update["status"], update.get("statusDetails")

    def cancel(self):
        """The service says that the job is over, as it does when it was canceled."""
        self.link.deliver("notify-next", {})
        self.link.deliver("notify", {"jobs": {}})

    def answer_canceled(self):
        """Answer the agent's question what became of the job."""
        self.link.answer({"execution": {"status": "CANCELED", "versionNumber": 9}})

    async def canceled(self):
        """Cancel the job, and return when the agent has seen that it is over: how many requests
        it had sent until then.
        """
        if self.link.last()[0] == self.agent.job.job_id + "/update":
            self.link.answer()
        self.cancel()
        await until(lambda: self.link.last()[0] == self.agent.job.job_id + "/get")  # Describe
        sent = len(self.link.sent)
        self.answer_canceled()
        await until(lambda: not self.agent.job)
        return sent


class Failures(list):
    """What the loop was told of tasks that failed."""

    def __init__(self):
        asyncio.get_event_loop().set_exception_handler(self.handle)

    def handle(self, loop, context):
        self.append(context["exception"])


def play(scene, wanted=(), interval_ms=0, **settings):
    """Run scene(world) beside the agent. `wanted`: the types of what the loop is told of."""
    asyncio.new_event_loop()
    afterwards(aio._leaving.clear)
    failures = Failures()
    world = World(**settings)

    async def main():
        world.task = asyncio.create_task(run(world.agent, interval_ms))
        await scene(world)
        await turns(3)
        world.task.cancel()

    asyncio.run(main())
    equal([type(error) for error in failures], list(wanted))
    return world


def cleaning(world, waits):
    """A handler that waits so, and notes when it has cleaned up."""

    async def works(job):
        try:
            await waits(world, job)
        finally:
            world.notes.append("cleaned")

    return works


async def sleeps(world, job):
    await asyncio.sleep(3600)


def waits_at_most(world, job):
    return asyncio.wait_for(sleeps(world, job), 4000)


def waits_for_a_task(world, job):
    return asyncio.create_task(forever(world, job))


def gathers(world, job):
    return asyncio.gather(sleeps(world, job), forever(world, job))


def waits_for_an_event(world, job):
    return asyncio.Event().wait()


async def forever(world, job):
    try:
        while True:
            job.progress({"still": "there"})
            await asyncio.sleep_ms(0)
    finally:
        world.notes.append("child")


WAITS = (sleeps, waits_at_most, waits_for_a_task, gathers, waits_for_an_event)
