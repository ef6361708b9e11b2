"""The update handler through the agent, over resets: which application runs, and what is told."""

import os

import sample
from example_key import POINT
from faults import body, cut, status
from flash import cut_off, fill, mounted
from iotjobs import slots
from iotjobs.updates.ecdsa import public_key
from on_flash import KINDS, write
from one_job import Reset, reset
from support import equal, placeless, raises
from update_bench import NEW, OLD, RAISING, ROOT, TORN, Files, board, document, tree


def test_a_good_application_is_confirmed():
    for kind in KINDS:
        it = board(kind)
        equal(it.live(), "SUCCEEDED")
        equal(it.details, {"version": "1.2.0", "fetched": "2 of 4 files"})
        equal((it.starts, it.resets), (["1.1.0", "1.2.0"], 1))
        equal(tree(ROOT + "/b"), NEW)
        equal(tree(ROOT + "/a"), OLD)
        asked = [request.target for request in it.server.requests]
        equal(asked, ["/app/application.py", "/app/part.py"])  # the others were copied
        equal([timer.gone for timer in it.timers], [True])


def updated():
    """A board that has been updated to NEW."""
    it = board()
    equal(it.live(), "SUCCEEDED")
    return it


def next_job(it, files, version, until=None):
    """The service has another document for it: how that ends, or what it is at then."""
    it.server.files = files
    it.document = document(files, version)
    it.status = "QUEUED"
    it.restart()
    return it.live(until)


def in_a_step(wanted):
    """The same update as the first step of a document, with another that says nothing."""
    given = dict(wanted, handler="update")
    given.pop("operation")
    actions = [
        {"name": name, "type": "runHandler", "input": given} for name in ("Update", "Again")
    ]
    return {"version": "1.0", "steps": [{"action": action} for action in actions]}


def test_it_may_be_a_step_of_a_document():
    for files, end, starts in (
        (NEW, "SUCCEEDED", ["1.1.0", "1.2.0"]),
        (RAISING, "FAILED", ["1.1.0", "1.1.0"]),
    ):
        it = board(files=files, wanted=in_a_step(document(files)))
        equal((it.live(), it.starts), (end, starts))
        if end == "FAILED":
            equal("step 1 (Update): rolled back to slot a: ZeroDiv" in it.details["reason"], True)
        else:
            equal(it.details["step"], "2 of 2 Again")


def test_as_a_step_it_goes_on_after_a_power_cut():
    for at in range(0, 160, 9):
        it = board(wanted=in_a_step(document(NEW)))
        it.device.cut(at)
        cut_off(it.live)
        it.restart()
        equal(it.live(), "SUCCEEDED", at)
        equal(it.starts[-1], "1.2.0", at)


def test_the_next_update_goes_into_the_other_slot():
    it = updated()
    newer = dict(NEW, **{"part.py": b"VERSION = '1.2.0'\n"})
    del newer["empty"]
    equal(next_job(it, newer, "1.3.0"), "SUCCEEDED")
    equal(it.details, {"version": "1.3.0", "fetched": "1 of 3 files"})
    equal((tree(ROOT + "/a"), slots.running.slot), (newer, "a"))


def test_what_is_there_already_is_not_done_again():
    it = updated()
    requests = len(it.server.requests)
    it.queued += 1  # another job
    equal(next_job(it, NEW, "1.2.0"), "SUCCEEDED")
    equal(it.details, {"version": "1.2.0", "fetched": "0 of 4 files"})
    equal((len(it.server.requests), it.resets), (requests, 1))


def test_the_same_version_is_put_in_anew_where_a_file_of_it_is_damaged():
    it = updated()
    write(ROOT + "/b/application.py", b"#", "ab")
    it.queued += 1
    equal(next_job(it, NEW, "1.2.0"), "SUCCEEDED")
    equal(it.details, {"version": "1.2.0", "fetched": "1 of 4 files"})


def test_a_bad_application_is_rolled_back_and_the_job_says_why():
    for kind in KINDS:
        for files, confirms, why, starts in (
            (RAISING, True, "ZeroDivisionError: divide by zero (application.py, line 3)", 2),
            (TORN, True, "SyntaxError: invalid syntax (application.py, line 4)", 2),
            (NEW, False, "not confirmed within 60 s", 3),
        ):
            it = board(kind, files)
            it.confirms = confirms
            equal(it.live(), "FAILED", why)
            equal(it.details["reason"], "rolled back to slot a: " + why)
            equal((it.starts[-1], len(it.starts)), ("1.1.0", starts), why)
            equal(slots.running.on_trial, False)


def test_an_outage_in_the_trial_does_not_roll_a_good_application_back():
    for kind in KINDS:
        for outages, end in (
            ([45], "SUCCEEDED"),
            ([45] * 8, "SUCCEEDED"),  # the power goes in each of them
            ([1] * 2, "SUCCEEDED"),
            ([1] * 3, "FAILED"),  # as when it hangs: nobody knows what was missing
            ([45] * 8 + [1] * 3, "FAILED"),
        ):
            it = staged(kind)
            raises(Reset, it.run)
            for seconds in outages:
                it.outage(seconds)
            it.restart()
            equal(it.live(), end, (kind, outages))
            if end == "FAILED":
                equal(it.details["reason"], "rolled back to slot a: not confirmed in 3 starts")


def test_a_trial_that_reaches_the_service_late_is_not_late():
    it = staged()
    raises(Reset, it.run)
    it.confirms = False
    it.outage(63)  # of the 60 s in which it is to confirm, but for which it had no job
    it.run(lambda: it.bench.agent.job)
    polls = it.polls
    it.run(lambda: it.polls == polls + 200)  # its own tests take 10 s
    it.confirms = True
    equal((it.run(), it.starts), ("SUCCEEDED", ["1.1.0", "1.2.0"]))


def test_the_version_that_it_was_rolled_back_to_is_told():
    it = updated()
    equal(next_job(it, RAISING, "1.3.0"), "FAILED")
    equal(it.details["version"], "1.2.0")
    equal(it.details["reason"].startswith("rolled back to 1.2.0: ZeroDivisionError"), True)
    it.number += 1  # it is tried again
    equal(next_job(it, NEW, "1.3.1"), "SUCCEEDED")


def test_without_slots_run_nothing_is_fetched():
    it = board()
    it.up()
    slots.running = None
    equal(it.run(), "REJECTED")
    equal("slots.run('/flash/app')" in it.details["reason"], True)
    equal(it.server.requests, [])


def cancel(it):
    """The service tells it that it has no job any more; until it has none."""
    it.status = "CANCELED"
    it.bench.link.deliver("notify", {"jobs": {}})
    it.run(lambda: not it.bench.agent.job)


def staged(*kind):
    """A board that has all of a job's application, and is about to be reset."""
    it = board(*kind)
    it.up()
    it.run(lambda: it.bench.agent.job and it.bench.agent.job.is_resetting())
    return it


def still_old(it):
    """After a restart the old application runs."""
    it.restart()
    it.up()
    equal((it.starts, slots.running.slot), (["1.1.0", "1.1.0"], "a"))


def test_canceled_before_the_reset_nothing_is_left():
    for kind in KINDS:
        it = board(kind)
        it.up()
        it.run(lambda it=it: len(it.server.requests) == 2)
        cancel(it)
        equal(tree(ROOT + "/b"), {})
        still_old(it)


def test_canceled_when_all_is_staged_the_application_stays():
    it = staged()
    it.status = "CANCELED"
    it.run(lambda: not it.bench.agent.job)
    it.bench.agent.job = Job()
    raises(Reset, it.bench.agent.reset)  # another job's
    still_old(it)


class Job:
    job_id = "j1"  # of a job that was deleted another may have the id


def test_while_a_slot_is_changed_it_has_no_mark():
    it = updated()
    equal(next_job(it, NEW, "1.3.0"), "SUCCEEDED")
    equal(sorted(os.listdir(ROOT)), ["a", "a.slot", "b", "b.slot"])
    newer = dict(NEW, **{"part.py": b"VERSION = '1.2.0'\n"})
    requests = len(it.server.requests)
    next_job(it, newer, "1.4.0", lambda: len(it.server.requests) > requests)
    equal(sorted(os.listdir(ROOT)), ["a", "a.slot", "b"])


def test_what_the_flash_has_not_as_it_was_written_is_not_taken():
    it = board()
    it.up()
    fetch = it.handler._fetch

    def damaged(job, manifest, at, target, resume):
        yield from fetch(job, manifest, at, target, resume)
        write(target, b"?", "r+b")

    it.handler._fetch = damaged
    equal(it.run(), "FAILED")
    equal(it.details["reason"], "application.py is not on the flash as it was written")
    equal(tree(ROOT + "/b"), {})


def test_canceled_on_trial_the_application_decides():
    for confirms, version in ((True, "1.2.0"), (False, "1.1.0")):
        it = on_trial()
        cancel(it)
        if confirms:
            slots.confirm()
        for _ in range(3):
            it.restart()
            it.up()
        equal(it.starts[-1], version)


def on_trial():
    """A board whose new application has its job again, and has not confirmed."""
    it = board()
    it.confirms = False
    it.live(lambda: it.resets and it.bench.agent.job)
    return it


def test_a_reset_that_fails_leaves_the_application():
    it = board()
    it.up()

    def broken():
        raise OSError(5)

    it.handler._staging.at_reset.reset = broken
    equal(it.run(), "FAILED")
    still_old(it)


def test_a_mark_that_cannot_be_written_leaves_the_application():
    it = staged()
    save = slots.running._save

    def broken(slot, mark):
        it.device.broken = True
        try:
            save(slot, mark)
        finally:
            it.device.broken = False

    slots.running._save = broken
    equal(it.run(), "FAILED")
    equal(placeless(it.details)["reason"], "OSError: [Errno 5] EIO: /flash/app/b.slot")
    still_old(it)


def test_on_a_full_flash_it_is_failed_and_nothing_is_left():
    for kind in KINDS:
        counts = {"FAILED": 0, "SUCCEEDED": 0}
        for free in range(0, 40, 2):
            it = board(kind, blocks=100)
            mounted(kind, it.device)
            stat = os.statvfs("/flash")
            fill("/flash/log", (stat[3] - free) * 512)
            it.device = it.device.copy()
            status = it.live()
            counts[status] += 1
            if status == "FAILED":
                told = it.details["reason"]
                equal("are free" in told or told == "the flash is full", True, told)
                equal((it.starts, it.resets), (["1.1.0"], 0), (kind, free))
                equal("b" in os.listdir(ROOT) and tree(ROOT + "/b") or {}, {})
            else:
                equal(it.starts[-1], "1.2.0", (kind, free))
        equal(min(counts.values()) > 2, True, counts)
        print(counts)


def drop(server, request, answer):
    answer.stop = len(answer.bytes()) - len(answer.body) // 2


def stall(server, request, answer):
    drop(server, request, answer)
    answer.then = "stall"


def changes(server, request, answer):
    drop(server, request, answer)
    server.files = dict(server.files, **{"part.py": b"VERSION = 'other'\n" + b"y" * 1504})


unreachable = cut(-1, "reset")
wrong = body(lambda right: b"#" * len(right))
longer = body(lambda right: right + b"#")
shorter = body(lambda right: right[:-1])
missing = status(404)
busy = status(503)


def after(faults):
    """How an update ends after these faults; it is whole, or nothing is left of it."""
    it = board(server=Files(NEW, faults))
    status = it.live()
    if status == "SUCCEEDED":
        equal((it.starts[-1], tree(ROOT + "/b")), ("1.2.0", NEW))
    else:
        equal((status, it.starts, tree(ROOT + "/b")), ("FAILED", ["1.1.0"], {}), faults)
        equal("secret" in it.details["reason"], False)
    equal(tree(ROOT + "/a"), OLD)
    return status


def test_faults_of_the_server_end_as_they_must():
    for at in range(2):  # in the first file that is fetched, and in the second
        for faults, end in (
            ([drop], "SUCCEEDED"),
            ([stall], "SUCCEEDED"),
            ([unreachable], "SUCCEEDED"),
            ([busy], "SUCCEEDED"),
            ([drop, stall, drop], "SUCCEEDED"),
            ([wrong], "FAILED"),
            ([drop, wrong], "SUCCEEDED" if at else "FAILED"),  # anew, if it held something
            ([longer], "FAILED"),
            ([shorter], "FAILED"),
            ([changes], "FAILED"),
            ([missing], "FAILED"),
            ([drop, missing], "FAILED"),
            ([unreachable] * 40, "FAILED"),
            ([busy] * 40, "FAILED"),
        ):
            equal(after([None] * at + faults), end, (at, faults))


def test_faults_in_pairs_never_make_a_mixture():
    kinds = (drop, stall, unreachable, wrong, longer, shorter, changes, missing, busy)
    counts = {"SUCCEEDED": 0, "FAILED": 0}
    for first, second, place in sample.combined(kinds, kinds, range(3)):
        pair = [first, second]
        counts[after((pair, [None] + pair, [first, None, second])[place])] += 1
    print("%d pairs of faults: %s" % (sum(counts.values()), counts))


def test_with_a_key_only_what_is_signed_is_fetched():
    for signature, told in ((None, "not signed"), ("MEUCIQDv", "the signature is wrong")):
        members = {"signature": signature} if signature else {}
        it = board(wanted=document(NEW, **members))
        it.up()
        it.handler._key = public_key(POINT)
        equal(it.run(), "REJECTED")
        equal((told in it.details["reason"], it.server.requests), (True, []))
        equal(os.listdir(ROOT), ["a"])


def test_after_the_reset_the_signature_is_not_asked_for_again():
    it = on_trial()
    it.handler._key = public_key(POINT)  # the new application may have another key
    it.confirms = True
    equal(it.run(), "SUCCEEDED")


def test_a_reset_that_activates_nothing_is_not_repeated_for_ever():
    it = board()
    up = it.up

    def replaced():
        up()
        it.bench.agent.reset = reset

    it.up = replaced
    equal(it.live(), "FAILED")
    equal(it.details["reason"], "8 resets, and it did not become current")
    equal((it.starts, tree(ROOT + "/b")), (["1.1.0"] * 9, {}))
