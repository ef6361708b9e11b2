"""Job documents in steps: what is done for them, and which are refused, where and why."""

import builtins
import sys

from afterwards import replaced
from iotjobs.agent import document as documents
from iotjobs.agent.output import Output
from steps_bench import Bench, Silence, action, command, document, ended
from support import equal


def test_steps_are_done_in_order_and_the_final_one_after_them():
    log, status, _ = ended(
        document(action("note", "a"), action("note", "b"), finalStep=action("note", "c"))
    )
    equal((log, status), (["note a", "note b", "note c"], "SUCCEEDED"))


def test_there_may_be_32_of_them():
    log, status, _ = ended(document(*[action("note", "a")] * 32))
    equal((log, status), (["note a"] * 32, "SUCCEEDED"))


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
        log, status, _ = ended(document(given))
        equal((log, status), ([seen], "SUCCEEDED"), given)


def test_a_command_calls_a_handler_that_is_registered():
    equal(ended(document(command("note,a,b c")))[0], ["note a b c"])


def test_what_a_handler_says_is_reported_with_the_step_if_there_are_several():
    equal(ended(document(action("returns", "x")))[2], {"result": "x"})
    _, _, details = ended(document(action("yields", "x"), action("returns", "y", name="Last")))
    equal(details, {"result": "y", "step": "2 of 2 Last"})
    _, _, details = ended(document(action("note"), action("yields", "x", "z")))
    equal(details, {"part": "z", "step": "2 of 2 yields"})


def test_what_a_step_has_said_is_not_said_of_the_next():
    _, _, details = ended(document(action("yields", "x"), action("note")))
    equal(details, {"step": "2 of 2 note"})


def test_details_that_are_none_fail_the_job():
    _, status, details = ended(document(action("yields_number")))
    equal((status, details["reason"][:9]), ("FAILED", "TypeError"))


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
    log, status, details = ended(
        document(action("note"), action("fails", name="Measure"), action("note", "no"))
    )
    equal((log, status), (["note ", "fails"], "FAILED"))
    equal(
        details,
        {"reason": "step 2 (Measure): cold", "sensor": "bme280", "step": "2 of 3 Measure"},
    )
    _, status, details = ended(document(action("divides")))
    equal((status, details), ("FAILED", {"reason": "ZeroDivisionError: divide by zero"}))


def test_a_failure_may_be_ignored_and_is_told():
    for ignore in ("true", True):
        log, status, details = ended(
            document(
                action("fails", ignoreStepFailure=ignore, name="Measure"),
                action("note", "b"),
                finalStep=action("note", "c"),
            )
        )
        equal((log, status), (["fails", "note b", "note c"], "SUCCEEDED"))
        equal(details["ignored"], "step 1 (Measure): cold")
    made = document(action("fails", "x" * 300, ignoreStepFailure="true"), action("note"))
    equal(len(ended(made)[2]["ignored"]), 128)
    for ignore in ("false", False, None):
        log, status, _ = ended(document(action("fails", ignoreStepFailure=ignore), action()))
        equal((log, status), (["fails"], "FAILED"), ignore)


def test_the_final_step_is_not_done_after_a_failure():
    log, status, _ = ended(document(action("divides"), finalStep=action("note")))
    equal((log, status), (["divides"], "FAILED"))
    log, status, details = ended(document(action("note"), finalStep=action("fails")))
    equal((log, status), (["note ", "fails"], "FAILED"))
    equal(details["reason"], "step 2 (fails): cold")


def test_a_job_is_rejected_by_its_first_step_only():
    log, status, details = ended(document(action("rejects"), action("note")))
    equal((log, status, details["reason"]), (["rejects"], "REJECTED", "step 1 (rejects): too old"))
    log, status, _ = ended(document(action("note"), action("rejects")))
    equal((log, status), (["note ", "rejects"], "FAILED"))


def test_what_is_printed_is_reported_if_that_is_wanted():
    equal(ended(document(action("prints", "a", "b")))[2], None)
    for wanted in (True, "true"):
        _, status, details = ended(
            document(action("prints", "a", "b"), action("prints", "c"), includeStdOut=wanted)
        )
        equal((status, details), ("SUCCEEDED", {"step": "2 of 2 prints", "stdout": "a b c "}))


def test_of_a_long_output_the_end_is_reported_within_the_limit():
    for text, shown in (
        ("x" * 300 + "end", "x" * 252 + "end "),
        ("\u00e9" * 200, "\u00e9" * 127 + " "),
        ("a\tb\0c\x7f\x9fd", "a b c  d "),
    ):
        _, status, details = ended(document(action("prints", text), includeStdOut=True))
        equal((status, details), ("SUCCEEDED", {"stdout": shown}), text)


def test_what_was_printed_before_a_failure_is_reported_too():
    _, status, details = ended(
        document(action("prints", "a"), action("fails"), includeStdOut=True)
    )
    equal((status, details["stdout"]), ("FAILED", "a "))


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
        log, status, details = ended(document(action("note"), conditions=conditions))
        equal(status, "SUCCEEDED" if met else "REJECTED", conditions)
        equal(log, ["note "] if met else [], conditions)
    _, _, details = ended(document(action(), conditions=[{"key": "color", "value": ["blue"]}]))
    equal(details["reason"], "conditions[0]: color: 'red', not one of ['blue']")


def test_an_operation_goes_before_steps_and_loads_nothing():
    def noted(operation):
        return dict(document(action("note", "b")), operation=operation)

    equal(ended(noted("divides"))[0], ["divides"])
    log, status, details = ended(noted("other"))
    equal((log, status), ([], "REJECTED"))
    equal(details["reason"], "no handler for operation 'other'")


def test_a_freertos_update_is_recognized():
    ota = {"afr_ota": {"protocols": ["MQTT"], "streamname": "s", "files": [{"fileid": 0}]}}
    _, status, details = ended(ota)
    equal(status, "REJECTED")
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

A = "steps[0].action"
# A document, and the reason for which it is rejected.
INVALID = (
    ({}, "the job document names no operation"),
    ({"steps": []}, "the job document names no operation"),
    ({"steps": {}}, "the job document names no operation"),
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
    (document("x"), A + ": not an object"),
    (document(DEEP), A + ": not an object"),
    (document({}), A + ": not an object"),
    (document({"action": []}), A + ": not an object"),
    (document({"action": "x"}), A + ": not an object"),
    (document(*[action()] * 33), "steps: more than 32"),
    (document(action(name="")), A + ".name: '', not a string"),
    (document(action(name=5)), A + ".name: 5, not a string"),
    (document(action(type="runThing")), A + ".type: 'runThing', not 'runHandler' or 'runCommand'"),
    (document(action(type=None)), A + ".type: None, not a string"),
    (
        document({"action": {"name": "n", "type": "runHandler"}}),
        A + ".input.handler: None, not a string",
    ),
    (document(action("none")), A + ".input.handler: no handler 'none'"),
    (document(action(input={"handler": ["x"]})), A + ".input.handler: ['x'], not a string"),
    (document(action(input={"args": "x"})), A + ".input.args: not a list of strings"),
    (document(action(input={"args": ["a", 1]})), A + ".input.args: not a list of strings"),
    (document(action(input={"path": 5})), A + ".input.path: 5, not a string"),
    (document(action("pair", "a", "b", "c")), A + ".input.handler: 3 arguments, 'pair' takes 2"),
    (document(command("pair,a,b,c")), A + ".input.command: 3 arguments, 'pair' takes 2"),
    (document(action(runAsUser=5)), A + ".runAsUser: 5, not a string"),
    (
        document(action(ignoreStepFailure="yes")),
        A + ".ignoreStepFailure: 'yes', not 'true' or 'false'",
    ),
    (document(action(ignoreStepFailure=1)), A + ".ignoreStepFailure: 1, not 'true' or 'false'"),
    (document(action(ignoreStepFailure=0)), A + ".ignoreStepFailure: 0, not 'true' or 'false'"),
    (document(action(ignoreStepFailure=[])), A + ".ignoreStepFailure: [], not 'true' or 'false'"),
    (document(action(allowStdErr="x")), A + ".allowStdErr: 'x', not a number"),
    (document(action(allowStdErr=[1])), A + ".allowStdErr: [1], not a number"),
    (document(command("")), A + ".input.command: '', not a string"),
    (document(command(",x")), A + ".input.command: no handler ''"),
    (document(command("none,x")), A + ".input.command: no handler 'none'"),
    (document(command(5)), A + ".input.command: 5, not a string"),
    (document(action(), includeStdOut="yes"), "includeStdOut: 'yes', not 'true' or 'false'"),
    (document(action(), action("none")), "steps[1].action.input.handler: no handler 'none'"),
    (document(action(), finalStep=[]), "finalStep.action: not an object"),
    (
        document(action(), finalStep=action("none")),
        "finalStep.action.input.handler: no handler 'none'",
    ),
    (document(action(), conditions={}), "conditions: not a list of objects"),
    (document(action(), conditions=[5]), "conditions[0].key: None, not a string"),
    (document(action(), conditions=[{"value": ["x"]}]), "conditions[0].key: None, not a string"),
    (
        document(action(), conditions=[{"key": "platform"}]),
        "conditions[0].value: not a list of strings",
    ),
    (
        document(action(), conditions=[{"key": "none", "value": [None]}]),
        "conditions[0].value: not a list of strings",
    ),
    (
        document(action(), conditions=[{"key": "platform", "value": []}]),
        "conditions[0].value: not a list of strings",
    ),
    (
        document(action(), conditions=[{"key": "platform", "value": ["x"], "type": "more"}]),
        "conditions[0].type: 'more', not 'stringEqual'",
    ),
    (
        document(action(), conditions=[{"key": "platform", "value": [sys.platform]}] * 33),
        "conditions: more than 32",
    ),
    (
        document(action(), conditions=[{"key": "none", "value": ["x"]}]),
        "conditions[0]: none: None, not one of ['x']",
    ),
)


def test_an_invalid_document_is_rejected_with_the_place_and_nothing_is_done():
    for given, reason in INVALID:
        log, status, details = ended(given, buffer_size=8192)
        equal((log, status), ([], "REJECTED"), given)
        equal(details, {"reason": reason}, given)


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
        equal(ended(document(action("note", **more)))[:2], (["note "], "SUCCEEDED"), more)
