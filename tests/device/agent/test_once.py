"""An agent that runs once: one job, and then to sleep."""

from afterwards import replaced
from agent_bench import flash, quiet
from iotjobs.agent import session
from iotjobs.agent.agent import JobsAgent
from iotjobs.links.link import LinkError
from iotjobs.outcomes import JobFailed
from support import ScriptedLink, equal, raises

JOB = {"jobId": "j1", "status": "IN_PROGRESS", "versionNumber": 2, "executionNumber": 1}
NEXT = {"execution": {"jobId": "j2", "status": "QUEUED", "versionNumber": 1}}


def job(operation, **members):
    document = {"operation": operation}
    document.update(members)
    return {"execution": dict(JOB, jobDocument=document)}


class Service(ScriptedLink):
    """Answers requests by themselves: `answers` has, by topic, what and how, for one time each;
    after that nothing is pending, and everything is accepted.
    """

    def __init__(self, answers):
        super().__init__()
        self.answers = answers
        self.disconnected = 0
        self.silent = False

    def publish_from(self, buf, topic_start, topic_end, end):
        super().publish_from(buf, topic_start, topic_end, end)
        given = self.answers.get(self.last()[0])
        message, verdict, size = given.pop(0) if given else ({}, "accepted", 0)
        if not self.silent:
            self.answer(message, verdict, size=size)

    def disconnect(self):
        self.disconnected += 1
        self.close()

    def asked(self):
        return [tail for tail, _ in self.sent]


class Time:
    """A clock that goes on by a millisecond whenever someone looks at it."""

    now = 1000

    def __call__(self):
        self.now += 1
        return self.now


class Longest:
    """Draws the longest of the waits that a retry_ms of 100,000 allows."""

    @staticmethod
    def getrandbits(bits):
        return 99_999


def agent_with(answers, **settings):
    link = Service(answers)
    agent = JobsAgent(link, "MyThing", ticks_ms=Time(), **quiet(settings))

    @agent.handler("plain")
    def plain(job):
        return job.get("result")

    @agent.handler("fail")
    def fail(job):
        raise JobFailed("on purpose")

    @agent.handler("steps")
    def steps(job):
        for i in range(job.get("times")):
            yield {"step": str(i + 1)} if i < 2 else None

    return agent, link


def accepted(message, size=0):
    return message, "accepted", size


def one_job(operation, after):
    """Answers with one job, and what is pending after it."""
    return {"start-next": [accepted(job(operation))], "$next/get": [accepted(after)]}


def rejected(code):
    return {"code": code}, "rejected", 0


def test_without_a_job_it_asks_once_and_disconnects():
    agent, link = agent_with({})
    equal(agent.run_once(), False)
    equal((link.asked(), link.disconnected, agent.state), (["start-next"], 1, "OFFLINE"))


def test_a_job_is_run_to_its_end_and_what_is_pending_is_looked_at_but_not_begun():
    for message, more in (({}, False), (NEXT, True)):
        for operation, status in (("plain", "SUCCEEDED"), ("fail", "FAILED"), ("x", "REJECTED")):
            agent, link = agent_with(one_job(operation, message))
            equal(agent.run_once(), more, operation)
            equal(link.asked(), ["start-next", "j1/update", "$next/get"], operation)
            equal(link.sent[1][1]["status"], status)
            equal(link.last()[1], {"includeJobDocument": False})
            equal((agent.job, link.disconnected), (None, 0 if more else 1))
            equal(agent.stats["jobs"], 1)


def test_one_after_the_other_until_nothing_is_pending():
    answers = one_job("plain", NEXT)
    answers["start-next"].append(accepted(job("fail")))
    agent, link = agent_with(answers)
    equal((agent.run_once(), agent.run_once()), (True, False))
    equal(link.asked(), ["start-next", "j1/update", "$next/get"] * 2)
    equal((link.opened, link.disconnected), (1, 1))
    equal(agent.run_once(), False)  # and once more, from the beginning
    equal((link.asked()[6:], link.opened), (["start-next"], 2))


def test_a_generator_is_run_to_its_end_however_long_that_takes():
    agent, link = agent_with({"start-next": [accepted(job("steps", times=500))]})
    equal(agent.run_once(patience_ms=100), False)
    details = [asked.get("statusDetails") for tail, asked in link.sent if tail == "j1/update"]
    equal(details[:1] + details[-1:], [{"step": "1"}, None])
    equal(link.sent[-2][1]["status"], "SUCCEEDED")


def test_a_job_that_is_too_large_is_rejected_and_then_it_looks():
    looks = [accepted({"execution": JOB}), accepted(NEXT)]
    agent, link = agent_with({"start-next": [accepted({}, 9999)], "$next/get": looks})
    equal(agent.run_once(), True)
    equal(link.asked(), ["start-next", "$next/get", "j1/update", "$next/get"])
    equal(link.sent[2][1]["status"], "REJECTED")


def test_news_while_it_looks_begin_nothing():
    agent, link = agent_with({"start-next": [accepted(job("plain"))]})
    agent.on_event = lambda event, value: (
        link.deliver("notify-next", NEXT) if event == "end" else None
    )
    equal(agent.run_once(), False)
    equal("start-next" in link.asked()[1:], False)


def test_an_outcome_that_was_kept_is_reported_instead_of_a_new_job():
    path = flash()
    answers = {"start-next": [accepted(job("plain", result={"made": "3"}))]}
    agent, link = agent_with(answers, state_path=path)
    agent.on_event = lambda event, value: setattr(link, "silent", value == "REPORTING")
    error = raises(LinkError, agent.run_once, 100)
    equal(error.stage, "lost")
    answers = {"j1/get": [accepted({"execution": JOB})], "$next/get": [accepted(NEXT)]}
    agent, link = agent_with(answers, state_path=path)
    equal(agent.run_once(), True)
    equal(link.asked(), ["j1/get", "j1/update", "$next/get"])
    update = link.sent[1][1]
    equal((update["status"], update["statusDetails"]), ("SUCCEEDED", {"made": "3"}))


def test_it_gives_up_with_what_was_wrong_last_and_can_be_called_again():
    agent, link = agent_with({"start-next": [rejected("InternalError")]}, retry_ms=100_000)
    replaced(session, "random", Longest)
    error = raises(LinkError, agent.run_once, 1000)
    equal((error.stage, "1000 ms" in error.reason), ("lost", True))
    equal("InternalError" in error.reason, True)
    agent.ticks_ms.now += 100_000
    equal(agent.run_once(10_000), False)
    link.silent = True
    error = raises(LinkError, agent.run_once, 300)
    equal(error.reason, "no end within 300 ms")  # and not with what was wrong before
    link.silent = False
    agent.ticks_ms.now += 100_000
    agent.run_once()
    equal(agent.state, "OFFLINE")


class Reset(BaseException):
    """What a board's reset does to the program."""


def resets():
    raise Reset()


def test_a_reset_that_cannot_be_reported_comes_though_its_patience_is_over_before():
    for resume in (False, True):
        answers = {"start-next": [accepted(job("boot"))]}
        settings = {"state_path": flash(), "reset": resets, "request_timeout_ms": 100}
        agent, link = agent_with(answers, **settings)

        def boot(job, link=link, resume=resume):
            link.silent = True
            job.reset({"is": "late"}, resume)

        agent.handler("boot")(boot)
        raises(Reset, agent.run_once, 200)
        equal(agent.stats["resets"], 1)


def test_a_reset_that_does_not_come_is_waited_for_as_long_as_anything_else():
    wanted = []
    settings = {"state_path": flash(), "reset": lambda: wanted.append(1)}
    agent, link = agent_with({"start-next": [accepted(job("boot"))]}, **settings)
    agent.handler("boot")(lambda job: job.reset())
    equal(raises(LinkError, agent.run_once, 200).reason[:20], "no end within 200 ms")
    equal((len(wanted) > 0, agent.job.is_resetting()), (True, True))


def test_after_it_the_loop_goes_on_as_ever():
    agent, link = agent_with(one_job("plain", NEXT))
    equal(agent.run_once(), True)
    for _ in range(10):
        agent.poll()
    equal(link.asked()[3:], ["start-next"])
    equal(agent.state, "IDLE")


def test_it_asks_although_the_loop_has_asked_before():
    agent, link = agent_with({"start-next": [accepted({}), accepted(job("plain"))]})
    for _ in range(10):
        agent.poll()
    equal((agent.state, link.asked()), ("IDLE", ["start-next"]))
    equal(agent.run_once(), False)
    equal(link.asked()[1:], ["start-next", "j1/update", "$next/get"])


def test_the_loop_takes_the_next_job_although_looking_for_it_has_failed():
    agent, link = agent_with({"start-next": [accepted(job("plain"))]}, retry_ms=10)
    agent.on_event = lambda event, value: setattr(link, "silent", event == "end")
    raises(LinkError, agent.run_once, 100)
    equal(link.asked()[-1], "$next/get")
    agent.on_event = None
    agent.ticks_ms.now += 100_000
    for _ in range(10):
        agent.poll()
    equal((link.asked()[-1], link.asked().count("start-next")), ("start-next", 2))
