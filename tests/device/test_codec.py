"""Messages are read in place and written into a fixed buffer."""

import json

from iotjobs.codec import BufferFull, JSONError, Reader, Writer
from support import equal, raises, strict

NAMES = b"\x00\x01a\x00\x01b\x00\x00"


def reader(text):
    read = Reader(NAMES)
    read.read(text, 0, len(text))
    return read


def test_values_are_what_json_loads_makes_of_them():
    for value in (
        b'""',
        b'"text"',
        b'"\\u00e9\\n"',
        b"0",
        b"7",
        b"123456789",
        b"1234567890",
        b"1489096425069",
        b"-5",
        b"1.5",
        b"true",
        b"false",
        b"null",
        b'{"x":[1,{"y":null}]}',
        b"[]",
    ):
        wanted = json.loads(value)
        read = reader(b'{"b":0,"a":' + value + b"}")
        equal(read.value(0), wanted, value)
        equal(read.text(0), wanted if isinstance(wanted, str) else None, value)
        number = isinstance(wanted, int) and not isinstance(wanted, bool)
        equal(read.integer(0), wanted if number else None, value)
        equal(read.has(0), wanted is not None, value)


def test_a_surrogate_pair_is_one_character():
    equal(reader(b'{"a":"\\ud83d\\ude00"}').text(0), "😀")
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
        equal(reader(b'{"b":0,"a":' + value + b"}").value(0), wanted, value)


def test_an_absent_member_is_none():
    read = reader(b'{"b":1}')
    equal(
        (read.has(0), read.text(0), read.integer(0), read.value(0), read.says(0, b"")),
        (False, None, None, None, False),
    )


def test_a_string_is_compared_without_being_built():
    read = reader(b'{"a":"QU\\u0045UED","b":7}')
    equal(read.says(0, b"QUEUED"), True)
    equal(read.says(0, "QUEUED"), True)
    equal(read.says(0, b"QUEUE"), False)
    equal(read.says(1, b"7"), False)


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


def written(fill, size=200):
    buf = bytearray(250)
    writer = Writer(buf)
    writer.begin(3, size)
    try:
        fill(writer)
        return bytes(buf[3 : writer.finish()])
    finally:
        equal(buf[3 + size :], bytes(247 - size), size)


def test_members_are_written_as_json():
    def fill(writer):
        writer.string(b'"s":', 'q"\\\né')
        writer.string(b'"raw":', b"bytes")
        writer.integer(b'"i":', 0)
        writer.integer(b'"big":', 2**40)
        writer.integer(b'"minus":', -1)
        writer.boolean(b'"yes":', True)
        writer.boolean(b'"no":', False)
        writer.mapping(b'"map":', {"k": "v", "n": 12})
        writer.mapping(b'"empty":', {})
        writer.tagged(b'"t":', b"ab-", 7)

    equal(
        strict(written(fill)),
        {
            "s": 'q"\\\né',
            "raw": "bytes",
            "i": 0,
            "big": 2**40,
            "minus": -1,
            "yes": True,
            "no": False,
            "map": {"k": "v", "n": "12"},
            "empty": {},
            "t": "ab-7",
        },
    )


def test_the_text_is_exactly_this():
    def fill(writer):
        writer.string(b'"s":', "x")
        writer.integer(b'"i":', 5)
        writer.mapping(b'"m":', {"k": "v"})
        writer.boolean(b'"b":', True)

    equal(written(fill), b'{"s":"x","i":5,"m":{"k":"v"},"b":true}')
    for _ in range(2):  # a writer may begin anew
        buf = bytearray(20)
        writer = Writer(buf)
        for at in (0, 3):
            writer.begin(at, 17)
            writer.integer(b'"i":', 1)
            equal(bytes(buf[at : writer.finish()]), b'{"i":1}')


def test_numbers_at_the_edge_of_a_small_int_are_written():
    for number in (0, 2**30 - 1, 2**30, 2**31, 2**53, -1, -(2**31)):
        equal(written(lambda writer, n=number: writer.integer(b'"i":', n)), b'{"i":%d}' % number)


def test_none_is_left_out():
    def fill(writer):
        writer.string(b'"s":', None)
        writer.integer(b'"i":', None)
        writer.boolean(b'"b":', None)
        writer.mapping(b'"m":', None)

    equal(written(fill), b"{}")


def test_a_buffer_that_is_too_small_is_an_error_and_nothing_is_written_beyond_it():
    def fill(writer):
        writer.string(b'"s":', "x\né")
        writer.mapping(b'"m":', {"k": 12})

    whole = written(fill)
    for size in range(len(whole)):
        error = raises(BufferFull, written, fill, size)
        equal(str(error), "the message does not fit into %d bytes" % size)
    equal(written(fill, len(whole)), whole)


def test_what_json_has_no_text_for_is_refused_by_name():
    for value, named in (
        ({"k": 1.5}, "'k'"),
        ({"k": None}, "'k'"),
        ({"k": True}, "'k'"),
        ({"k": b"x"}, "'k'"),
        ({1: "x"}, "1"),
    ):
        error = raises(
            TypeError, written, lambda writer, value=value: writer.mapping(b'"m":', value)
        )
        equal(named in str(error), True, value)
