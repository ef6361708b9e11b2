"""What `tools/jobs` reads and prints: numbers of any size, text of any kind, and their order."""

import json
import os

import connection
import options
import ordered
import output
import paramfile
import request
import shorthand
from commands import COMMANDS
from errors import Failure, UsageError
from iotjobs import LinkError
from iotjobs.messages import Message
from iotjobs.topics import ACCEPTED
from support import equal, raises

GET_PENDING, START_NEXT, DESCRIBE, UPDATE = COMMANDS
LONG = 9_223_372_036_854_775_807


def answer(command, text):
    """What is printed for this answer to a command for MyThing, as JSON in one line."""
    raw = text.encode()
    message = Message()
    message.read(COMMANDS.index(command) + 1 | ACCEPTED, raw, 0, len(raw))
    found = output.read(command, "MyThing", message, raw)
    # Without the indentation only: the order counts.
    return "".join(line.strip() for line in ordered.dumps(found).split("\n"))


def test_numbers_of_64_bits():
    text = (
        '{"execution":{"queuedAt":1489096123309,"versionNumber":-1,"executionNumber":%d}}' % LONG
    )
    wanted = '{"execution": {"queuedAt": 1489096123309,"versionNumber": -1,"executionNumber": %d}}'
    equal(answer(DESCRIBE, text), wanted % LONG)
    text = '{"queuedJobs":[{"jobId":"j","executionNumber":%d}],"inProgressJobs":[]}' % LONG
    wanted = '{"inProgressJobs": [],"queuedJobs": [{"jobId": "j","executionNumber": %d}]}'
    equal(answer(GET_PENDING, text), wanted % LONG)


def test_the_order_is_the_models_but_for_details_and_unknown_members_are_left_out():
    text = (
        '{"clientToken":"t","timestamp":1,"execution":{"jobDocument":{"b":1,"a":[ ]},"new":[{}],'
        '"executionNumber":1,"approximateSecondsBeforeTimedOut":9,"startedAt":null,'
        '"statusDetails":{"z":"1","y":"2","x":"3","w":"4","a":"5"},"status":"QUEUED","jobId":"j"}}'
    )
    wanted = (
        '{"execution": {"jobId": "j","thingName": "MyThing","status": "QUEUED",'
        '"statusDetails": {"z": "1","y": "2","x": "3","w": "4","a": "5"},'
        '"approximateSecondsBeforeTimedOut": 9,"executionNumber": 1,'
        '"jobDocument": "{\\"b\\":1,\\"a\\":[ ]}"}}'
    )
    equal(answer(START_NEXT, text), wanted)


def test_text_of_all_kinds():
    text = (
        '{"executionState":{"status":"\\u0046AILED",'
        '"statusDetails":{"a":"\\ud83d\\ude00 \\u00e9 é","b":"\\"\\\\\\/"}},'
        '"jobDocument":"{\\"t\\":\\"\\\\ud83d\\\\ude00\\ud83d\\ude00\\"}\\n"}'
    )
    found = json.loads(answer(UPDATE, text))
    equal(found["executionState"]["status"], "FAILED")
    equal(found["executionState"]["statusDetails"], {"a": "\U0001f600 é é", "b": '"\\/'})
    equal(found["jobDocument"], '{"t":"\\ud83d\\ude00\U0001f600"}\n')


class Answering:
    """Settings, and the link that they make, over which everything is answered by one message."""

    connected = True
    body = None

    def __init__(self, message, verdict="rejected", error_type=None):
        self.message = message.encode()
        self.verdict = verdict.encode()
        self.error_type = error_type
        self.timeout_ms = 1000

    def link(self):
        return self

    def open(self):
        pass

    def publish(self, topic, payload):
        self.topic = bytes(topic) + b"/" + self.verdict
        # The token is the request's.
        self.message = self.message.replace(b"{", bytes(payload)[:34] + b",", 1)

    def poll(self):
        raw = self.message
        self.receivers[0](self.topic, 0, len(self.topic), raw, 0, len(raw))

    disconnect = open


def test_refusals_have_the_names_of_the_services_model():
    for code, error_type, name in (
        ("InvalidJson", None, "InvalidRequestException"),
        ("InvalidTopic", None, "InvalidRequestException"),
        ("VersionMismatch", None, "InvalidRequestException"),
        ("TerminalStateReached", None, "TerminalStateException"),
        ("NewCode", None, "NewCodeException"),
        ("NewCode", "NewError", "NewError"),
    ):
        settings = Answering('{"code":"%s","message":"é"}' % code, error_type=error_type)
        asked = {"thingName": "MyThing", "jobId": "j", "status": "FAILED"}
        error = raises(Failure, request.ask, UPDATE, asked, settings)
        wanted = "An error occurred (%s) when calling the UpdateJobExecution operation: é" % name
        equal(str(error), wanted)


def test_an_answer_that_cannot_be_read_is_told_from_none():
    for message, reason in (
        ('{"queuedJobs":' + "[" * 40, "nested deeper than 32 levels at byte 79"),
        ('{"queuedJobs":[1]}', "not an object at byte 0"),
    ):
        settings = Answering(message, "accepted")
        error = raises(Failure, request.ask, GET_PENDING, {"thingName": "MyThing"}, settings)
        equal(str(error), "The answer cannot be read: " + reason)


def test_every_stage_of_a_failure_is_explained():
    for stage in "dns tcp clock certificate handshake connack lost protocol".split():
        text = connection.explained(LinkError(stage, "so\n it  is\n"))
        lines = text.split("\n")
        assert lines[0].endswith(": so it is") and lines[1].endswith(("?", ".")), text


def test_nothing_comes_of_nothing():
    equal(answer(START_NEXT, '{"timestamp":1}'), "{}")
    equal(answer(DESCRIBE, '{"execution":null}'), "{}")
    equal(answer(UPDATE, "{}"), "{}")


def test_json_keeps_its_order_and_is_strict():
    text = ' {"z":{"z":1,"y":2,"w":4,"x":{},"a":""}, "a":[] ,"n":-9223372036854775808,"o":null}\n'
    wanted = (
        '{\n    "z": {\n        "z": 1,\n        "y": 2,\n        "w": 4,\n        "x": {},\n'
        '        "a": ""\n    },\n    "a": [],\n    "n": -9223372036854775808,\n    "o": null\n}'
    )
    equal(ordered.dumps(ordered.loads(text)), wanted)
    equal(ordered.dumps([1, ["a"], []]), '[\n    1,\n    [\n        "a"\n    ],\n    []\n]')
    for bad in ("", " ", "{", '{"a":1]', "[1 2]", '{"a":1}x', "NaN", '"\\ud800"'):
        raises(ValueError, ordered.loads, bad)


def test_shorthand():
    for text, wanted in (
        ("a=b", {"a": "b"}),
        ("a = b , c = d e ", {"a": "b", "c": "d e"}),
        ('a="b, c",d=\'e "f"\'', {"a": "b, c", "d": 'e "f"'}),
        ('a=b\\,c,d="\\"x\\\\"', {"a": "b,c", "d": '"x\\'}),
        ("a=b=c,d=é", {"a": "b=c", "d": "é"}),
        ('a="\U0001f600"', {"a": "\U0001f600"}),
        ("a=b,c,d=e", {"a": ["b", "c"], "d": "e"}),
        ("a=[b,{c=d}],e=", {"a": ["b", {"c": "d"}], "e": ""}),
    ):
        equal(json.loads(json.dumps(shorthand.parse(text))), wanted, text)
    equal(list(shorthand.parse("z=1,y=2,x=3,a=4")), ["z", "y", "x", "a"])
    for text, where in (
        ("", "'=', received: the end for input:\n\n^"),
        ("a=\U0001f600", "',', received: '\U0001f600' for input:\na=\U0001f600\n  ^"),
        ("a=b,\nc d=e", "received: 'd' for input:\nc d=e\n  ^"),
        ('a="b', "received: '\"' for input:\na=\"b\n  ^"),
        ("a=b,a=c", 'Second instance of key "a" for input:\na=b,a=c\n    ^'),
        ("a=[b", "received: the end"),
    ):
        error = raises(shorthand.ShorthandError, shorthand.parse, text)
        assert where in str(error), (text, str(error))


def parsed(*arguments):
    known = (
        options.Option("--text", "text", options.TEXT),
        options.Option("--time", "time", options.SECONDS),
        options.Option("--number", "number", options.INTEGER),
        options.Option("--yes", "yes", options.SWITCH, True),
        options.Option("--no", "yes", options.SWITCH, False),
        options.Option("--choice", "choice", options.CHOICE, "a", ("a", "b")),
    )
    line = options.Arguments(arguments)
    line.read(known)
    return line.values, line.extra


def test_options():
    for arguments, values, extra in (
        (("--text", "a", "--number=-1"), {"text": "a", "number": -1}, []),
        (("--text=", "--number", "1_0"), {"text": "", "number": 10}, []),
        (("--text", "a", "--text=b=c"), {"text": "b=c"}, []),
        (("--text", "-1.5"), {"text": "-1.5"}, []),
        (("--text", "-a b"), {"text": "-a b"}, []),
        (("--yes", "--no"), {"yes": False}, []),
        (("--no", "--y"), {"yes": True}, []),
        (("--te", "a", "--ti=1.5"), {"text": "a", "time": 1.5}, []),
        (("--choice", "--yes"), {"choice": "a", "yes": True}, []),
        (("--choice", "b", "c"), {"choice": "b"}, ["c"]),
        (("x", "--bad", "-b", "--", "--text"), {}, ["x", "--bad", "-b", "--text"]),
    ):
        equal(parsed(*arguments), (values, extra), arguments)
    for arguments, named in (
        (("--text",), "--text: a value is missing"),
        (("--text", "--yes"), "--text: a value is missing"),
        (("--text", "-a"), "--text: a value is missing"),
        (("--number", "1.0"), "--number: not an integer: '1.0'"),
        (("--number", "1__0"), "1__0"),
        (("--yes=1",), "--yes takes no value: 1"),
        (("--t",), "--t may be --text or --time"),
        (("--choice", "c"), "--choice: a or b, not 'c'"),
        (("--time", "0"), "--time: not a number of seconds: '0'"),
    ):
        assert named in str(raises(UsageError, parsed, *arguments)), arguments


def test_paths_of_files():
    home = os.getenv("HOME")
    for path, wanted in (
        ("~", home),
        ("~/a", home + "/a"),
        ("~a/b", "~a/b"),
        ("$HOME/a$HOME", home + "/a" + home),
        ("${HOME}x", home + "x"),
        ("a$/$NO_SUCH_VARIABLE/${HOME", "a$/$NO_SUCH_VARIABLE/${HOME"),
    ):
        equal(paramfile.expanded(path), wanted, path)
    equal(paramfile.read("no file", "--x"), "no file")
    error = raises(Failure, paramfile.read, "file:///none", "--x")
    assert "'--x': Unable to load paramfile file:///none: " in str(error)
