"""The agent as a task of asyncio, and handlers that are async functions."""

import asyncio
import gc

import micropython
from agent_bench import Bench, flash
from iotjobs import aio
from iotjobs.aio import async_handler, run
from iotjobs.job import JobFailed, JobRejected
from support import Clock, equal, raises

OTHER = 5  # tasks beside that of the agent
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
        document = {"operation": operation}
        document.update(members)
        self.link.answer(
            {
                "execution": {
                    "jobId": job_id,
                    "status": "IN_PROGRESS",
                    "versionNumber": 1,
                    "executionNumber": 1,
                    "jobDocument": document,
                }
            }
        )
        await until(lambda: self.agent.job and self.agent.job.job_id == job_id)

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

    async def canceled(self):
        """Cancel the job, and return when the agent has seen that it is over: how many requests
        it had sent until then.
        """
        if self.link.last()[0] == self.agent.job.job_id + "/update":
            self.link.answer()
        self.cancel()
        await until(lambda: self.link.last()[0] == self.agent.job.job_id + "/get")  # Describe
        sent = len(self.link.sent)
        self.link.answer({"execution": {"status": "CANCELED", "versionNumber": 9}})
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
            (Odd("why"), "FAILED", {"reason": "Odd: why"}),
            (asyncio.TimeoutError(), "FAILED", {"reason": "TimeoutError: "}),
            (
                asyncio.CancelledError(),
                "FAILED",
                {"reason": "the handler's task was cancelled"},
            ),
        ):
            number += 1
            await world.offer("j%d" % number)
            equal(await world.ended(), (status, details), ending)
        equal(world.task.done(), False)

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
        equal(
            world.link.last()[1],
            {
                "status": "IN_PROGRESS",
                "statusDetails": {"step": "2"},
                "expectedVersion": 1,
                "executionNumber": 1,
            },
        )
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


def test_progress_that_cannot_be_sent_fails_the_job_and_cancels_its_task():
    async def scene(world):
        async def works(job):
            try:
                job.progress({"bad key": "x"})
                await asyncio.sleep(3600)
            finally:
                world.notes.append("cleaned")

        world.handle(works)
        await world.offer()
        status, details = await world.ended()
        equal((status, "bad key" in details["reason"]), ("FAILED", True))
        equal(world.notes, ["cleaned"])

    play(scene)


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


def test_a_job_that_is_canceled_cancels_its_task_and_reports_nothing():
    for waits in (sleeps, waits_at_most, waits_for_a_task, gathers, waits_for_an_event, forever):

        async def scene(world, waits=waits):
            async def works(job):
                try:
                    await waits(world, job)
                finally:
                    world.notes.append("cleaned")

            world.handle(works)
            await world.offer()
            await turns(3)
            sent = await world.canceled()
            await until(lambda: "cleaned" in world.notes)
            await turns(5)
            equal([tail for tail, _ in world.link.sent[sent:]], ["start-next"], waits)
            world.handle(lambda job: turns(1))
            await world.offer("j2")
            equal(await world.ended(), ("SUCCEEDED", None), waits)

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

        world.handle(works)
        await world.offer()
        await turns(3)
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

        world.handle(works)
        await world.offer("j1")
        await turns(3)
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
        return end - start


def test_a_handler_that_does_not_end_costs_later_jobs_a_minute_and_is_told_of():
    aio.time = clock = Time()

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
        await world.offer("j3", "next")
        equal(await world.ended(), ("FAILED", reason))
        await world.offer("j4", "plain", result=None)  # a reboot, for instance
        equal(await world.ended(), ("SUCCEEDED", None))
        world.notes.append("now")
        await turns(3)
        await world.offer("j5", "next")
        equal(await world.ended(), ("SUCCEEDED", None))

    play(scene)


def test_a_handler_that_ignores_its_cancellation_is_told_at_its_next_progress():
    async def scene(world):
        async def ignores(job):
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    world.notes.append("ignored")
                raises(asyncio.CancelledError, job.progress)
                raises(asyncio.CancelledError, job.keep, 1)
                raises(asyncio.CancelledError, job.reset)
                world.notes.append("told")
                job.progress()

        world.handle(ignores)
        await world.offer()
        await turns(3)
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

        world.handle(works)
        await world.offer()
        await turns(3)
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
        world.link.answer({"execution": {"status": "CANCELED", "versionNumber": 9}})
        world.poll(2)
        equal(world.agent.job, None)
        world.task = asyncio.create_task(run(world.agent, 0))
        await turns(5)
        equal(world.notes, [])
        await world.offer("j2")
        equal(await world.ended(), ("SUCCEEDED", None))
        equal(world.notes, ["j2"])

    play(scene)


def polls_itself(world, job):
    # As link.publish at QoS 1 does.
    equal(world.link.last()[0], "j1/get")
    world.link.answer({"execution": {"status": "CANCELED", "versionNumber": 9}})
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
        world.handle(lambda job: turns(1))
        await world.offer("j2")
        equal(await world.ended(), ("SUCCEEDED", None))

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

        world.handle(works)
        await world.offer()
        await turns(3)
        world.cancel()
        await until(lambda: not world.agent.job)
        world.handle(lambda job: turns(1))
        await world.offer("j2")
        equal(await world.ended(), ("SUCCEEDED", None))

    play(scene)


def test_a_job_that_is_over_while_no_loop_runs_is_cancelled_when_one_does():
    async def scene(world):
        async def works(job):
            try:
                await asyncio.sleep(3600)
            finally:
                world.notes.append("cleaned")

        world.handle(works)
        await world.offer()
        await turns(3)

    world = play(scene)
    world.cancel()
    world.poll()
    world.link.answer({"execution": {"status": "CANCELED", "versionNumber": 9}})
    world.poll()
    equal((world.agent.job, world.agent.last_error, world.notes), (None, None, []))
    asyncio.run(turns(3))
    equal(world.notes, ["cleaned"])


class Reset(BaseException):
    """What the board's reset is here: it ends the program."""


def reset():
    raise Reset


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
        bench.link.answer({"execution": {"status": "IN_PROGRESS", "versionNumber": 4}})
        bench.poll()
        equal(bench.link.last()[1]["status"], "SUCCEEDED")


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

        world.handle(works)
        await world.offer()
        await turns(3)
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
            await turns(_ROUNDS)

        raises(kind, play, scene)
        asyncio.run(later[0]())


def test_waiting_allocates_nothing():
    async def scene(world):
        world.link.answer()
        await until(lambda: world.agent.state == "IDLE")
        await turns(3)
        micropython.heap_lock()
        for _ in range(1000):
            await asyncio.sleep_ms(0)
        micropython.heap_unlock()

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
        for number in range(1000):
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
                equal(used <= floor, True, (number, used, floor))

    play(scene)
