"""Job documents in steps: what is done for them, and which are refused, where and why."""

import builtins
import sys

from afterwards import replaced
from iotjobs.agent import document as documents
from iotjobs.agent.output import Output
from steps_bench import Bench, Silence, action, command, document, ends
from support import equal, placeless


def done(given, log, status="SUCCEEDED", **settings):
    """Check what is done for a job with this document, and its status; the details."""
    return ends(Bench(given, **settings), log, status, given)


def test_steps_are_done_in_order_and_the_final_one_after_them():
    made = document(action("note", "a"), action("note", "b"), finalStep=action("note", "c"))
    done(made, ["note a", "note b", "note c"])


def test_there_may_be_32_of_them():
    done(document(*[action("note", "a")] * 32), ["note a"] * 32)


def test_arguments_have_the_names_that_the_handler_gives_them():
    for given, seen in (
        (action("pair", "u", "p"), ["u", "p"]),
        (action("pair", "u"), ["u", None]),
        (action("pair", input={"url": "by name", "path": "x"}), ["by name", None]),
        (action("pair", "u", "p", input={"url": "by name", "path": "x"}), ["u", "p"]),
        (action("pair", "u", input={"url": "by name", "path": "x"}), ["u", None]),
        (action("list", "a", "b", "c d"), ["a", "b c d"]),
        (action("list", "a"), ["a", None]),
        (command("pair,u,p"), ["u", "p"]),
        (command("list,a,b\\,c,d"), ["a", "b,c d"]),
        (command("list,\\,a\\,,"), [",a,", ""]),
    ):
        done(document(given), [seen])


def test_a_command_calls_a_handler_that_is_registered():
    done(document(command("note,a,b c")), ["note a b c"])


def test_what_a_handler_says_is_reported_with_the_step_if_there_are_several():
    for steps, details in (
        ([action("returns", "x")], {"result": "x"}),
        (
            [action("yields", "x"), action("returns", "y", name="Last")],
            {"result": "y", "step": "2 of 2 Last"},
        ),
        ([action("note"), action("yields", "x", "z")], {"part": "z", "step": "2 of 2 yields"}),
        ([action("yields", "x"), action("note")], {"step": "2 of 2 note"}),  # not of the next
    ):
        equal(Bench(document(*steps)).live()[2], details, steps)


def test_what_it_has_said_stays_whatever_becomes_of_it():
    equal(done(document(action("alters")), []), {"part": "as it was"})


def test_details_that_are_none_fail_the_job():
    details = done(document(action("yields_number")), [], "FAILED")
    equal(details["reason"][:9], "TypeError")


def test_what_is_printed_is_reported_while_the_step_goes_on():
    for wanted in (False, True):
        bench = Bench(document(action("prints", *["x"] * 60), includeStdOut=wanted))
        bench.live()
        shown = [(details or {}).get("stdout") for _, details in bench.board.updates[:-1]]
        equal((shown[:1], len(shown) > 1), (["x "], True) if wanted else ([], False))


def test_a_step_that_says_nothing_new_is_not_reported_again():
    bench = Bench(document(action("prints", "x"), action("waits"), includeStdOut=True))
    bench.board.up()
    bench.board.run(until=lambda: bench.board.bench.clock.now > 60_000)
    equal(len(bench.board.updates) <= 3, True, bench.board.updates)


def test_a_job_that_is_over_closes_the_step():
    bench = Bench(document(action("note"), action("waits"), action("note", "c")))
    bench.board.up()
    bench.board.run(until=lambda: bench.log)
    for _ in range(10):
        bench.board.bench.poll()
    bench.board.bench.agent.job.close()
    equal(bench.log, ["note ", "closed"])


def test_a_step_that_fails_ends_the_job_and_is_named():
    made = document(action("note"), action("fails", name="Measure"), action("note", "no"))
    told = {"reason": "step 2 (Measure): cold", "sensor": "bme280", "step": "2 of 3 Measure"}
    equal(done(made, ["note ", "fails"], "FAILED"), told)
    told = {"reason": "ZeroDivisionError: divide by zero"}
    equal(placeless(done(document(action("divides")), ["divides"], "FAILED")), told)


def test_a_failure_may_be_ignored_and_is_told():
    for ignore in ("true", True):
        failing = action("fails", ignoreStepFailure=ignore, name="Measure")
        made = document(failing, action("note", "b"), finalStep=action("note", "c"))
        details = done(made, ["fails", "note b", "note c"])
        equal(details["ignored"], "step 1 (Measure): cold")
    made = document(action("fails", "x" * 300, ignoreStepFailure="true"), action("note"))
    equal(len(done(made, ["fails", "note "])["ignored"]), 128)
    for ignore in ("false", False, None):
        done(document(action("fails", ignoreStepFailure=ignore), action()), ["fails"], "FAILED")


def test_the_final_step_is_not_done_after_a_failure():
    done(document(action("divides"), finalStep=action("note")), ["divides"], "FAILED")
    made = document(action("note"), finalStep=action("fails"))
    equal(done(made, ["note ", "fails"], "FAILED")["reason"], "step 2 (fails): cold")


def test_a_job_is_rejected_by_its_first_step_only():
    details = done(document(action("rejects"), action("note")), ["rejects"], "REJECTED")
    equal(details["reason"], "step 1 (rejects): too old")
    done(document(action("note"), action("rejects")), ["note ", "rejects"], "FAILED")


def test_what_is_printed_is_reported_if_that_is_wanted():
    equal(done(document(action("prints", "a", "b")), []), None)
    for wanted in (True, "true"):
        steps = action("prints", "a", "b"), action("prints", "c")
        details = done(document(*steps, includeStdOut=wanted), [])
        equal(details, {"step": "2 of 2 prints", "stdout": "a b c "})


def test_of_a_long_output_the_end_is_reported_within_the_limit():
    for text, shown in (
        ("x" * 300 + "end", "x" * 252 + "end "),
        ("\u00e9" * 200, "\u00e9" * 127 + " "),
        ("a\tb\0c\x7f\x9fd", "a b c  d "),
    ):
        details = done(document(action("prints", text), includeStdOut=True), [])
        equal(details, {"stdout": shown}, text)


def test_what_was_printed_before_a_failure_is_reported_too():
    made = document(action("prints", "a"), action("fails"), includeStdOut=True)
    equal(done(made, ["fails"], "FAILED")["stdout"], "a ")


def test_print_is_the_systems_again_after_each_step():
    before = builtins.print
    seen = []
    bench = Bench(document(action("prints", "a", "b"), action("divides"), includeStdOut=True))
    bench.board.up()
    bench.board.run(until=lambda: seen.append(builtins.print is before) or bench.log)
    bench.board.run()
    equal((False in seen, builtins.print is before), (False, True))


def test_what_is_printed_elsewhere_is_not_taken():
    output = Output()
    with Silence():
        with output:
            print("a", 1, None, sep="-", end=".")
            print("other", file=sys.stdout)
        print("after")
    equal((output.text, output.news), ("a-1-None.", True))


def test_conditions_are_about_this_device():
    replaced(documents, "attributes", dict(documents.attributes, color="red"))
    for conditions, met in (
        ([], True),
        (None, True),
        ([{"key": "color", "value": ["blue", "red"], "type": "stringEqual"}], True),
        ([{"key": "color", "value": ["red"]}], True),
        ([{"key": "color", "value": ["blue"], "type": "stringEqual"}], False),
        ([{"key": "color", "value": ["red"]}, {"key": "size", "value": ["1"]}], False),
        ([{"key": "platform", "value": [sys.platform]}], True),
        ([{"key": "size", "value": ["1"]}], False),
        ([{"key": "color", "value": ["red"]}, None, {"key": "size", "value": ["1"]}], False),
    ):
        expected = (["note "], "SUCCEEDED") if met else ([], "REJECTED")
        done(document(action("note"), conditions=conditions), *expected)
    made = document(action(), conditions=[{"key": "color", "value": ["blue"]}])
    details = done(made, [], "REJECTED")
    equal(details["reason"], "conditions[0]: color: 'red', not one of ['blue']")


def test_an_operation_goes_before_steps_and_loads_nothing():
    def noted(operation):
        return dict(document(action("note", "b")), operation=operation)

    done(noted("divides"), ["divides"], "FAILED")
    details = done(noted("other"), [], "REJECTED")
    equal(details["reason"], "no handler for operation 'other'")


def test_a_freertos_update_is_recognized():
    ota = {"afr_ota": {"protocols": ["MQTT"], "streamname": "s", "files": [{"fileid": 0}]}}
    details = done(ota, [], "REJECTED")
    equal(details["reason"], "afr_ota: no handler for FreeRTOS OTA, files from MQTT streams")


def test_a_handler_may_take_freertos_updates():
    bench = Bench({"afr_ota": {"streamname": "s"}})
    register = bench.board.register

    def and_ota(agent):
        register(agent)
        agent.handler("afr_ota")(lambda job: {"stream": job.get("afr_ota", "streamname")})

    bench.board.register = and_ota
    equal(bench.live()[1:], ("SUCCEEDED", {"stream": "s"}))


DEEP = []
for _ in range(12):
    DEEP = [DEEP]

# A document, and the reason for which it is rejected.
INVALID = (
    ({}, "the job document names no operation"),
    ({"steps": []}, "the job document names no operation"),
    ({"steps": {}}, "the job document names no operation"),
    ({"version": "1.2.0"}, "the job document names no operation"),
    ({"version": 2, "url": "https://x/fw.bin"}, "the job document names no operation"),
    ({"version": "1.2.0", "url": "https://a/"}, "the job document names no operation"),
    ({"version": "1.0"}, "steps: not a list with an action in it"),
    ({"steps": [action()]}, "version: None, not '1.0'"),
    (document(action(), version="2.0"), "version: '2.0', not '1.0'"),
    (document(action(), version=1.0), "version: 1.0, not '1.0'"),
    (document(action(), version=[1]), "version: [1], not '1.0'"),
    (document(), "steps: not a list with an action in it"),
    (document(steps={"action": {}}), "steps: not a list with an action in it"),
    (document(steps="x"), "steps: not a list with an action in it"),
    (document(None, action()), "steps[0]: None, not an action"),
    (document(action(), None, action()), "steps[1]: None, not an action"),
    (document(action(), None), "steps[1]: None, not an action"),
    (document(*[action()] * 33), "steps: more than 32"),
    (document(action(), includeStdOut="yes"), "includeStdOut: 'yes', not 'true' or 'false'"),
    (document(action(), action("none")), "steps[1].action.input.handler: no handler 'none'"),
    (document(action(), finalStep=[]), "finalStep.action: not an object"),
    (
        document(action(), finalStep=action("none")),
        "finalStep.action.input.handler: no handler 'none'",
    ),
)
# A step, and what is wrong with its action.
INVALID_STEPS = (
    ("x", ": not an object"),
    (DEEP, ": not an object"),
    ({}, ": not an object"),
    ({"action": []}, ": not an object"),
    ({"action": "x"}, ": not an object"),
    (action(name=""), ".name: '', not a string"),
    (action(name=5), ".name: 5, not a string"),
    (action(type="runThing"), ".type: 'runThing', not 'runHandler' or 'runCommand'"),
    (action(type=None), ".type: None, not a string"),
    ({"action": {"name": "n", "type": "runHandler"}}, ".input.handler: None, not a string"),
    (action("none"), ".input.handler: no handler 'none'"),
    (action(input={"handler": ["x"]}), ".input.handler: ['x'], not a string"),
    (action(input={"args": "x"}), ".input.args: not a list of strings"),
    (action(input={"args": ["a", 1]}), ".input.args: not a list of strings"),
    (action(input={"path": 5}), ".input.path: 5, not a string"),
    (action("pair", "a", "b", "c"), ".input.handler: 3 arguments, 'pair' takes 2"),
    (command("pair,a,b,c"), ".input.command: 3 arguments, 'pair' takes 2"),
    (action(runAsUser=5), ".runAsUser: 5, not a string"),
    (action(ignoreStepFailure="yes"), ".ignoreStepFailure: 'yes', not 'true' or 'false'"),
    (action(ignoreStepFailure=1), ".ignoreStepFailure: 1, not 'true' or 'false'"),
    (action(ignoreStepFailure=0), ".ignoreStepFailure: 0, not 'true' or 'false'"),
    (action(ignoreStepFailure=[]), ".ignoreStepFailure: [], not 'true' or 'false'"),
    (action(allowStdErr="x"), ".allowStdErr: 'x', not a number"),
    (action(allowStdErr=[1]), ".allowStdErr: [1], not a number"),
    (command(""), ".input.command: '', not a string"),
    (command(",x"), ".input.command: no handler ''"),
    (command("none,x"), ".input.command: no handler 'none'"),
    (command(5), ".input.command: 5, not a string"),
)
# Conditions, and what is wrong with them.
INVALID_CONDITIONS = (
    ({}, ": not a list of objects"),
    ([5], "[0].key: None, not a string"),
    ([{"value": ["x"]}], "[0].key: None, not a string"),
    ([{"key": "platform"}], "[0].value: not a list of strings"),
    ([{"key": "none", "value": [None]}], "[0].value: not a list of strings"),
    ([{"key": "platform", "value": []}], "[0].value: not a list of strings"),
    ([{"key": "platform", "value": ["x"], "type": "more"}], "[0].type: 'more', not 'stringEqual'"),
    ([{"key": "platform", "value": [sys.platform]}] * 33, ": more than 32"),
    ([{"key": "none", "value": ["x"]}], "[0]: none: None, not one of ['x']"),
)


def refused(given, reason):
    equal(done(given, [], "REJECTED", buffer_size=8192), {"reason": reason}, given)


def test_an_invalid_document_is_rejected_with_the_place_and_nothing_is_done():
    for given, reason in INVALID:
        refused(given, reason)
    for step, wrong in INVALID_STEPS:
        refused(document(step), "steps[0].action" + wrong)
    for conditions, wrong in INVALID_CONDITIONS:
        refused(document(action(), conditions=conditions), "conditions" + wrong)


def test_what_means_nothing_here_is_let_pass():
    for more in (
        {"runAsUser": "root"},
        {"runAsUser": ""},
        {"allowStdErr": 3},
        {"allowStdErr": "3"},
        {"input": {"path": "default"}},
        {"input": {"path": ""}},
        {"unknown": [1]},
    ):
        done(document(action("note", **more)), ["note "])
