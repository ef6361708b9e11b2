"""Job documents in steps over resets: it goes on with the step that was interrupted."""

import sample
from afterwards import finish, replaced
from flash import CUTS
from iotjobs.agent import document as documents
from iotjobs.agent.keeper import Keeper
from one_job import Reset
from steps_bench import Bench, action, document, ends
from support import equal

RESUMING = action("resets", input={"resume": True})


def run_until(bench, wanted):
    """Live until the log ends so."""
    bench.board.up()
    bench.board.run(until=lambda: bench.log and bench.log[-1] == wanted)


def cut_when(bench, wanted):
    """Live until the log ends so; then the power is cut."""
    run_until(bench, wanted)
    bench.board.device = bench.board.device.restart()


def cut_when_resumed(bench):
    """Live over a reset that a step wants, and cut the power soon after that."""
    try:
        bench.board.up()
        bench.board.run()
    except Reset:
        pass
    cut_when(bench, "resumes_once True")


def test_the_step_that_was_interrupted_is_done_again_and_those_before_are_not():
    for before in (["note a"], []):  # the first step is told of a reset too
        steps = [action("note", "a")] * len(before) + [action("again"), action("note", "c")]
        bench = Bench(document(*steps))
        cut_when(bench, "again False")
        ends(bench, before + ["again False", "again True", "note c"])


def test_a_step_that_must_not_be_repeated_fails():
    for at in (0, 1):
        steps = [action("note", "a")] * at + [action("once"), action("note", "c")]
        bench = Bench(document(*steps))
        cut_when(bench, "once False")
        details = ends(bench, ["note a"] * at + ["once False"], "FAILED")
        place = "step %d (once): " % (at + 1)
        equal(details["reason"], place + "interrupted by a reset, and not repeatable")


def test_a_step_that_must_not_be_repeated_is_not_called_where_its_reset_cannot_be_noted():
    for before in ([], ["note a"]):
        steps = [action("note", "a")] * len(before) + [action("resumes_once"), action("note", "c")]
        bench = Bench(document(*steps))
        bench.board.restart = no_more_room  # after the reset that it wants
        details = ends(bench, before + ["resumes_once False"], "FAILED")
        equal("OSError: 28" in details["reason"], True)
        finish()


def no_more_room():
    replaced(Keeper, "save", no_room)


def no_room(keeper, record):
    raise OSError(28)


def test_that_failure_may_be_ignored():
    bench = Bench(document(action("once", ignoreStepFailure="true"), action("note", "b")))
    cut_when(bench, "once False")
    details = ends(bench, ["once False", "note b"])
    equal(details["ignored"][:14], "step 1 (once):")


def test_after_a_step_that_resets_the_board_the_next_one_follows():
    for final in (False, True):
        steps = [action("note", "a"), action("resets"), action("note", "c")]
        made = document(*steps[:-1], finalStep=steps[-1]) if final else document(*steps)
        ends(Bench(made), ["note a", "resets False None", "note c"])


def test_one_that_is_the_last_step_ends_the_job():
    ends(Bench(document(action("resets"))), ["resets False None"])
    made = document(action("note", "a"), action("resets"))
    ends(Bench(made), ["note a", "resets False None"])


def test_one_that_must_not_be_repeated_may_reset_the_board():
    made = document(action("resets_next"), action("resets_next"))
    ends(Bench(made), ["resets_next False", "resets_next False"])


def test_one_that_wants_to_go_on_after_it_is_called_again_with_its_state():
    made = document(action("note"), RESUMING, action("note", "c"))
    ends(Bench(made), ["note ", "resets False None", "resets True ['inner']", "note c"])


def test_the_state_of_a_step_is_not_the_next_ones():
    made = document(RESUMING, action("resets"))
    ends(Bench(made), ["resets False None", "resets True ['inner']", "resets False None"])


def test_one_that_must_not_be_repeated_is_called_again_once_only():
    bench = Bench(document(action("note"), action("resumes_once")))
    cut_when_resumed(bench)
    details = ends(bench, ["note ", "resumes_once False", "resumes_once True"], "FAILED")
    equal("not repeatable" in details["reason"], True)


def test_what_was_printed_and_ignored_before_is_told_after_it():
    bench = Bench(
        document(
            action("prints", "a"),
            action("fails", ignoreStepFailure="true"),
            action("again"),
            action("prints", "d"),
            includeStdOut=True,
        )
    )
    run_until(bench, "again False")
    for _ in range(30):  # what was yielded is sent within a second
        bench.board.bench.clock.now += 50
        if (bench.board.details or {}).get("ignored"):
            break
        bench.board.bench.agent._talk()
        bench.board.serve()
    bench.board.device = bench.board.device.restart()
    _, status, details = bench.live()
    equal(status, "SUCCEEDED")
    equal((details["stdout"], details["ignored"]), ("a d ", "step 2 (fails): cold"))


def test_conditions_that_a_step_has_changed_are_not_looked_at_again():
    replaced(documents, "attributes", dict(documents.attributes, version="1"))
    conditions = [{"key": "version", "value": ["1"]}]
    bench = Bench(document(action("again"), conditions=conditions))
    cut_when(bench, "again False")
    documents.attributes["version"] = "2"
    equal(bench.live()[1], "SUCCEEDED")


def test_an_async_function_may_be_a_step():
    import asyncio

    from iotjobs.aio import async_handler

    bench = Bench(document(action("task", "a"), action("note", "b")))
    register = bench.board.register

    def and_task(agent):
        register(agent)

        @agent.handler("task")
        @async_handler
        async def task(job):
            bench.log.append("task %s %s" % (" ".join(job.args), job.resumed))
            job.keep("half")
            job.progress({"task": "half"})
            await asyncio.sleep_ms(1)
            if not job.resumed:
                job.reset()

    bench.board.register = and_task

    async def main():
        for _ in range(2):
            bench.board.up()
            try:
                for _ in range(200):
                    bench.board.bench.poll()
                    bench.board.bench.clock.now += 50
                    bench.board.serve()
                    await asyncio.sleep_ms(1)
            except BaseException as error:
                equal(type(error).__name__, "Reset")

    asyncio.run(main())
    equal((bench.log, bench.board.status), (["task a False", "note b"], "SUCCEEDED"))


def test_a_full_disk_between_two_steps_ends_the_job():
    bench = Bench(document(action("note", "a"), action("note", "b")))
    keep = [0]

    def up(up=bench.board.up):
        made = up()
        save = made.agent.keeper.save

        def failing(record):
            keep[0] += record["state"] is not None
            if keep[0]:
                raise OSError(28)
            save(record)

        made.agent.keeper.save = failing
        return made

    bench.board.up = up
    ends(bench, ["note a"], "FAILED")


def test_wherever_the_power_is_cut_each_step_is_done_and_none_after_the_next_has_begun():
    made = document(action("note", "a"), action("again"), action("note", "c"))
    cuts = sample.Cuts(lambda at: Bench(made).board.cut(at, "done"))
    count = 0
    order = ["note a", "again False", "again True", "note c"]
    for how in CUTS:
        for at in cuts.of(how):
            bench = Bench(made)
            cut = bench.board.cut(at, how)
            case = (how, at, bench.log)
            places = [order.index(line) for line in bench.log]
            equal(sorted(places), places, case)
            for done in ("note a", "again", "note c"):
                equal(any(line.startswith(done) for line in bench.log), True, case)
            equal(bench.board.status, "SUCCEEDED", case)
            count += cut
            if not cut:
                break
    print("%d power cuts" % count)
