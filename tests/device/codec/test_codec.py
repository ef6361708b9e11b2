"""Messages are read in place: members by name, values by path."""

import json

from iotjobs.codec.reader import JSONError, Reader, check, lookup
from support import equal, raises

NAMES = b"\x02\x02\x00\x00a\x02\x00\x00b\x00"


def reader(text):
    read = Reader(NAMES)
    read.read(text, 0, len(text))
    return read


def test_values_are_what_json_loads_makes_of_them():
    words = b"0 7 123456789 1234567890 1489096425069 -5 1.5 1e2 2E0 -0 true false null []".split()
    for value in words + [b'""', b'"text"', b'"\\u00e9\\n"', b'{"x":[1,{"y":null}]}']:
        wanted = json.loads(value)
        read = reader(b'{"b":0,"a":' + value + b"}")
        equal(read.value(0), wanted, value)
        equal(read.start(0) > 0, wanted is not None, value)


def test_a_surrogate_pair_is_one_character():
    equal(reader(b'{"a":"\\ud83d\\ude00"}').value(0), "😀")


def test_a_surrogate_pair_is_one_character_wherever_it_stands():
    pair = b"\\ud83d\\uDE00"
    for value, wanted in (
        (b'["%s"]' % pair, ["😀"]),
        (b'{"%s":"a%s%sb"}' % (pair, pair, pair), {"😀": "a😀😀b"}),
        (b'["\\\\ud83d\\\\ude00"]', ["\\ud83d\\ude00"]),
        (b'["\\\\%s\\n\\u00e9%s"]' % (pair, pair), ["\\😀\né😀"]),
        (b'["\\u00e9\\"", {"x": "%s"}, "\\u0041"]' % pair, ['é"', {"x": "😀"}, "A"]),
    ):
        text = b'{"b":0,"a":' + value + b"}"
        for buf in (text, bytearray(text), memoryview(text)):
            equal(reader(buf).value(0), wanted, value)


def test_an_absent_member_is_none():
    read = reader(b'{"b":1}')
    equal((read.start(0), read.end(0), read.value(0), read.says(0, "")), (0, 0, None, False))


def test_a_string_is_compared_with_what_it_says():
    read = reader(b'{"a":"QU\\u0045UED","b":7}')
    equal((read.says(0, "QUEUED"), read.says(0, "QUEUE"), read.says(1, "7")), (True, False, False))
    read = reader(b'{"a":[7],"b":{"":"b"}}')
    equal((read.says(0, "7"), read.says(1, '"":"b"')), (False, False))
    read = reader('{"a":"QUEUED","b":"é"}'.encode())
    for text in ("QUEUED", b"QUEUED"):
        equal(read.says(0, text), True)
    for text in ("QUEUE", "QUEUEX", "QUEUEDX", "", '"QUEUED"'):
        equal(read.says(0, text), False, text)
    equal((read.says(1, "é"), read.says(1, "è")), (True, False))


def test_a_message_that_is_no_object_is_refused_with_reason_and_place():
    for text, reason, place in (
        (b"[]", "not an object", 0),
        (b'"a"', "not an object", 0),
        (b"", "ends too early", 0),
        (b'{"a":}', "unexpected character", 5),
    ):
        error = raises(JSONError, reader, text)
        equal(error.args, (reason, place), text)
    part = Reader(NAMES)
    error = raises(JSONError, part.read, b"####{x", 4, 6)
    equal(error.args, ("unexpected character", 1))


def test_the_whole_buffer_is_checked():
    for text in (b"{}", b' [1, "a"] \n', b"7"):
        check(text)
    for text, reason, place in (
        (b"{} x", "something after the end", 3),
        (b"1 1", "something after the end", 2),
        (b"[1", "ends too early", 2),
        (b"", "ends too early", 0),
    ):
        equal(raises(JSONError, check, text).args, (reason, place), text)


DOCUMENT = b"""
 {"steps": [{"action": {"name": "one", "args": [1, [2, 3]]}}, {"action": null}], "n\\u0061me": "x",
  "name": "\\ud83d\\ude00", "": {"": 5}, "twice": 1, "twice": {"it": true}, "big": 12345678901,
  "%s": "long"} """ % (b"k" * 64)


def test_a_path_leads_to_a_value():
    tree = json.loads(DOCUMENT.replace(b"\\ud83d\\ude00", "😀".encode()))
    buf = b"##" + DOCUMENT + b"##"
    for path, wanted in (
        ((), tree),
        (("steps",), tree["steps"]),
        (("steps", 0, "action", "name"), "one"),
        (("steps", 0, "action", "args", 1, 0), 2),
        (("steps", 1), {"action": None}),
        (("steps", 1, "action"), None),
        (("steps", 2), None),
        (("steps", -1), None),
        (("steps", "action"), None),
        ((0,), None),
        (("name",), "😀"),
        (("name", 0), None),
        (("twice", "it"), True),
        (("", ""), 5),
        (("nothing",), None),
        (("big",), 12345678901),
        (("k" * 64,), "long"),
    ):
        for given in (buf, bytearray(buf), memoryview(buf)):
            equal(lookup(given, 2, len(buf) - 2, path), wanted, path)
    for text in (b"[1,2]", b" [1,2]", b"\n\t[1,2] "):
        equal(lookup(text, 0, len(text), (1,)), 2, text)
    error = raises(ValueError, lookup, buf, 2, len(buf) - 2, ("é" * 33,))
    equal(str(error), "a name of 66 bytes: at most 64")
