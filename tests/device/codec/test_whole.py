"""JSON objects that others have written."""

from iotjobs.codec.whole import read_object
from support import equal, raises

TEXT = b'{"wait_s": 3600, "led": {"pins": [1, 2.5]}, "name": "\\u00e9{", "on": true}'
FOUND = {"wait_s": 3600, "led": {"pins": [1, 2.5]}, "name": "é{", "on": True}


def test_an_object_is_read():
    for data in (TEXT, bytearray(TEXT), b" \r\n" + TEXT + b"\r\n", b"\xef\xbb\xbf" + TEXT):
        equal(read_object(data), FOUND, data)
    equal(read_object(b"{}"), {})


def test_what_is_cut_off_is_none_wherever_that_is():
    for end in range(len(TEXT)):
        error = raises(ValueError, read_object, TEXT[:end])
        equal(error.args, ("ends too early", end), end)


def test_what_is_no_object_is_told():
    for data, args in (
        (b"[1]", ("not an object", 0)),
        (b"5", ("not an object", 0)),
        (b"null", ("not an object", 0)),
        (b"{} {", ("something after the end", 3)),
        (b"{'a': 1}", ("unexpected character", 1)),
        (b'{"a": inf}', ("unexpected character", 6)),
        (b'{"a": "\xed\xa0\x80"}', ("not UTF-8", 8)),
        (b"\xff\xfe{\0}\0", ("unexpected character", 0)),
    ):
        equal(raises(ValueError, read_object, data).args, args, data)
