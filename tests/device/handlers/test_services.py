"""Jobs that start and stop parts of the application."""

from agent_bench import Bench
from iotjobs.handlers import services
from support import equal, raises


class Service:
    def __init__(self, name, log, fails=()):
        self.name = name
        self.log = log
        self.fails = fails

    def start(self):
        self._do("start")

    def stop(self):
        self._do("stop")

    def _do(self, what):
        if what in self.fails:
            raise OSError(5)
        self.log.append(what + " " + self.name)


class Slow(Service):
    def stop(self):
        for part in ("half", "whole"):
            self.log.append(part)
            yield


def ended(document, *fails):
    """What is done for a job, and how it ends."""
    log = []
    bench = Bench()
    services.register(
        bench.agent,
        {"a": Service("a", log), "b": Service("b", log, fails), "slow": Slow("slow", log)},
    )
    bench.online()
    bench.start(document)
    for _ in range(20):
        bench.poll()
        if bench.link.last()[0] == "j1/update":
            _, asked = bench.link.last()
            if asked["status"] != "IN_PROGRESS":
                break
            bench.link.answer()
    return log, asked["status"], asked.get("statusDetails")


def test_services_are_started_stopped_and_restarted_in_the_order_given():
    for operation, names, log, details in (
        ("start", "b a", ["start b", "start a"], {"started": "b a"}),
        ("stop", "a", ["stop a"], {"stopped": "a"}),
        ("restart", "a b", ["stop a", "start a", "stop b", "start b"], {"restarted": "a b"}),
        ("restart", "slow", ["half", "whole", "start slow"], {"restarted": "slow"}),
        ("start", ["a", "b"], ["start a", "start b"], {"started": "a b"}),
        ("start", " a,b ,", ["start a", "start b"], {"started": "a b"}),
        ("start-services.sh", "a", ["start a"], {"started": "a"}),
        ("stop-services.sh", "a", ["stop a"], {"stopped": "a"}),
        ("restart-services.sh", "a", ["stop a", "start a"], {"restarted": "a"}),
    ):
        got = ended({"operation": operation, "services": names})
        equal(got, (log, "SUCCEEDED", details), (operation, names))


def test_a_name_that_is_not_there_rejects_the_job_before_anything_is_done():
    for names in ("a none b", ["a", 1], ["a", None], [["a"]]):
        log, status, details = ended({"operation": "start", "services": names})
        equal((log, status), ([], "REJECTED"), names)
        equal(details["reason"].endswith("; there are: a b slow"), True, details)


def test_what_is_no_list_of_names_is_rejected():
    for names in (None, "", " , ", [], 5, {"a": 1}):
        wanted = ([], "REJECTED", {"reason": "services: not names, separated by spaces"})
        equal(ended({"operation": "stop", "services": names}), wanted, names)


def test_one_that_fails_ends_the_job_and_is_named_with_those_that_were_done():
    log, status, details = ended({"operation": "start", "services": "a b slow"}, "start")
    equal((log, status), (["start a"], "FAILED"))
    equal(details["started"], "a")
    equal(details["reason"].startswith("start b: OSError"), True)
    log, status, details = ended({"operation": "restart", "services": "b"}, "start")
    equal((log, status), (["stop b"], "FAILED"))
    equal("restarted" in details, False)


def test_a_name_that_no_job_could_give_is_refused_when_it_is_registered():
    for name in ("a b", "a,b", "", " a"):
        raises(ValueError, services.Services, {name: None})
