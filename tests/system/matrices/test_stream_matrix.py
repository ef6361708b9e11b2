"""The fault and the power matrix where jobs get files of streams over the agent's own connection,
on which their progress and the application's messages go meanwhile.

Whatever becomes of whichever block, message or request, and wherever the power is cut: the file is
right, or is not there and the job says why. All else is as in the other matrices.
"""

import dataclasses

import pytest
from iotjobs_emulator.faults import kinds
from lockstep import matrix, storming, stream_judge, stream_matrix
from lockstep.stories import STREAM_STORIES
from schedules import whole

BOTH = pytest.mark.parametrize("kind", ["faults", "power"])
LONG = STREAM_STORIES["stream"]
BLOCKS = 40


@BOTH
def test_each_kind_of_fault_and_each_few_cuts_leave_no_wrong_file(kind, runner, all_hold):
    all_hold(runner.matrix(kind, STREAM_STORIES).sample, least=55)


@pytest.mark.exhaustive
@BOTH
@pytest.mark.parametrize("name", STREAM_STORIES)
def test_no_fault_and_no_cut_leaves_a_wrong_file(name, kind, runner, all_hold):
    all_hold(whole(runner, kind, STREAM_STORIES[name]), least=2_000)


def test_the_sample_has_every_fault_on_every_message_that_only_streams_have(runner):
    tried = set().union(*(one.tries for one in runner.matrix("faults", STREAM_STORIES).sample))
    for fault in matrix.FAULTS:
        if fault["action"] != "duplicate":  # not every message has a copy
            for kind in ("in PUBLISH streams/files/get", "out PUBLISH streams/files/data"):
                assert (matrix.told_of(fault), kind) in tried


def test_the_session_has_each_block_and_progress_and_the_applications_messages(runner):
    session = matrix.messages(runner.without_faults(LONG).events)
    names = [message.kind for message in session]
    assert names.count("out PUBLISH streams/files/data") == BLOCKS
    assert names.count("in PUBLISH streams/files/get") == BLOCKS / LONG.streams["window"]
    at = [at for at, kind in enumerate(names) if kind == "out PUBLISH streams/files/data"]
    meanwhile = names[at[0] : at[-1]]
    assert meanwhile.count("in PUBLISH update") >= 3
    assert meanwhile.count("in PUBLISH application") == meanwhile.count("out PUBLISH application")
    assert meanwhile.count("in PUBLISH application") >= 3


def test_each_fault_of_blocks_is_at_each_block(runner):
    session = matrix.messages(runner.without_faults(LONG).events)
    rules = [one.faults[0] for one in stream_matrix.singles(LONG, session)]
    for how in kinds.ALTERATIONS:
        there = [rule["nth"] for rule in rules if rule.get("how") == how]
        assert [nth for nth in there if isinstance(nth, int)] == [*range(1, BLOCKS + 1)]
    tried = {rule.get("how", rule["action"]) for rule in rules}
    assert tried == {*kinds.ALTERATIONS, *kinds.DISTURBANCES, "reverse", "reject"}


def test_each_fault_of_streams_is_tried_with_each_that_comes_after_it(runner):
    session = matrix.messages(runner.without_faults(LONG).events)
    kinds_of = [tuple(map(kind_of, one.faults)) for one in stream_matrix.pairs(LONG, session)]
    several = {kind_of(one.faults[0]) for one in stream_matrix.singles(LONG, session)}
    once = {kind for kind in several if "DescribeStream" in kind}  # that is asked first, and once
    assert {*kinds_of} == {(first, second) for first in several for second in several - once}
    assert kinds_of.count((("alter", "byte", None),) * 2) == BLOCKS - 1


def kind_of(rule):
    return rule["action"], rule.get("how", rule.get("code")), rule.get("operation")


def test_every_fault_of_streams_is_met(runner, unmet):
    session = matrix.messages(runner.without_faults(LONG).events)
    assert unmet(stream_matrix.singles(LONG, session)) == []


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"action": "alter", "how": "byte", "nth": 7}, "stream files, file 0: SHA-256 "),
        ({"action": "disturb", "how": "deleted", "operation": "GetStream"}, "ResourceNotFound"),
        ({"action": "disturb", "how": "changed", "operation": "GetStream"}, "ETagMismatch"),
        ({"action": "reject", "code": "Unauthorized"}, "Unauthorized"),
    ],
    ids=str,
)
def test_a_job_that_cannot_have_its_file_says_why(rule, reason, runner):
    verdict = runner.run(LONG.with_(faults=(rule,)), keep_trace=True)
    assert verdict.wrong == []
    assert verdict.device["downloads"] == {}
    ends = [event.what for event in verdict.events if b"FAILED" in _bytes(event.what)]
    assert any(reason.encode() in _bytes(end) for end in ends)


def _bytes(what):
    return what if isinstance(what, bytes) else what.encode()


# What the judge must not pass over: its own mistakes would hide those of the library.


def judged(runner, statuses=None, schedule=LONG, **device):
    told = {**runner.without_faults(LONG).device, **device}
    return [*stream_judge.wrong(schedule, told, statuses or {"job": "SUCCEEDED"})]


def test_a_wrong_file_is_seen(runner):
    assert judged(runner) == []
    (wrong,) = judged(runner, downloads={"job": "00" * 32})
    assert wrong == f"the file job is {'0' * 16}…, which is none of its contents"


def test_a_missing_file_is_seen_where_the_job_has_succeeded(runner):
    assert judged(runner, downloads={}) == ["job has SUCCEEDED, and its file is not there"]
    assert judged(runner, {"job": "FAILED"}, downloads={}) == []


def test_half_a_file_is_seen_unless_the_job_was_canceled_without_power(runner):
    half = {"job.part": "00" * 32}
    cut = LONG.with_(cuts=(storming.cuts.Cut("sent", 1),))
    assert len(judged(runner, {"job": "CANCELED"}, downloads=half)) == 1
    assert len(judged(runner, {"job": "FAILED"}, cut, downloads=half)) == 1
    assert judged(runner, {"job": "CANCELED"}, cut, downloads=half) == []


def test_a_message_that_the_application_had_not_sent_is_seen(runner):
    (wrong,) = judged(runner, strange=["application 9"])
    assert wrong == "the application got what it had not sent: application 9"


def test_what_is_wrong_with_files_is_wrong_with_the_schedule(runner, monkeypatch):
    monkeypatch.setattr(stream_judge, "wrong", lambda *_: ["a sentence"])
    verdict = runner.run(STREAM_STORIES["stream in JSON"].with_(name="judged"))
    assert verdict.wrong == ["a sentence"]


def test_a_job_that_fails_for_no_fault_is_seen(runner):
    other = {**LONG.objects, "long": LONG.objects["long"][::-1]}
    (wrong, *_) = runner.run(LONG.with_(objects=other)).wrong
    assert wrong.startswith("job 1: it is FAILED and not SUCCEEDED")


def test_a_reason_explains_a_failure_only_with_its_fault():
    updated = {"action": "disturb", "how": "updated"}
    for rule, reason, explained in (
        ({"action": "disturb", "how": "deleted"}, "f: ResourceNotFound: gone", True),
        ({"action": "disturb", "how": "deleted"}, "f: given up at 0 bytes", False),
        (updated, "f: ResourceNotFound: gone", False),
    ):
        one = dataclasses.replace(LONG, faults=(rule,))
        assert stream_judge.is_explained(one, reason) is explained
