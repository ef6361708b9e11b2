"""Job documents, strings over HTTPS, as the JSON that they hold: by viper and by the plain way."""

import json
import random

from iotjobs.codec import scan
from iotjobs.codec.reader import JSONError
from support import equal, raises, strict
from test_answers import MODULES, TOKEN, message


def quoted(text):
    """The text as a JSON string."""
    return json.dumps(text).encode()


def opened(document):
    """What becomes of a document's string in each place of it; the message is as long as it was,
    and every other member is untouched.
    """
    found = []
    for module in MODULES:
        for before, after in (
            (b'{"execution":{"jobId":"a","jobDocument":', b',"versionNumber":2},"z":[1]}'),
            (b'{"execution":{"jobDocument":', b"}}"),
            (
                b'{"executionState":{"jobDocument":"{}"},"jobDocument" : ',
                b' , "z":{"jobDocument":"{}"}}',
            ),
            (b'{"jobDocument":', b"}"),
        ):
            got = message(module, 200, None, before + document + after)
            strict(got)
            head = TOKEN + b"," + before[1:]
            equal((got[: len(head)], got[len(got) - len(after) :]), (head, after), document)
            found.append(got[len(head) : len(got) - len(after)])
    equal(set(found), {found[0]}, document)
    equal(len(found[0]), len(document))
    return found[0].rstrip(b" ")


def test_a_document_is_its_own_text():
    words = '{} {"operation":"blink","times":3} [] 5 "x" null'.split()
    for text in words + [' {"a" : "b\\n\\"c\\""}', '{"a":[1,{"b":null}],"c":"\\u00e9\\\\"}']:
        equal(opened(quoted(text)), text.encode())
    equal(opened(b'"{\\n}\\t\\r"'), b"{\n}\t\r")


def test_every_escape_is_read():
    for escaped, wanted in (
        (b"\\\\n", b"\\n"),
        (b"\\\\\\\\", b"\\\\"),
        (b'\\\\\\"', b'\\"'),
        (b"\\/", b"/"),
        (b"\\u0041", b"A"),
        (b"\\u007f", b"\x7f"),
        (b"\\u0080", b"\xc2\x80"),
        (b"\\u00e9", "é".encode()),
        (b"\\u07ff", b"\xdf\xbf"),
        (b"\\u0800", b"\xe0\xa0\x80"),
        (b"\\u20AC", "€".encode()),
        (b"\\uD7fF", b"\xed\x9f\xbf"),
        (b"\\uE000", b"\xee\x80\x80"),
        (b"\\uffff", b"\xef\xbf\xbf"),
        (b"\\ud800\\udc00", b"\xf0\x90\x80\x80"),
        (b"\\ud83d\\ude00", b"\xf0\x9f\x98\x80"),
        (b"\\uDBFF\\uDFFF", b"\xf4\x8f\xbf\xbf"),
        ("é€😀".encode(), "é€😀".encode()),
        (b"\\u005c\\u0022", b'\\"'),
        (b"\\u005cu0041", b"\\u0041"),
    ):
        equal(opened(b'"[\\"%s\\"]"' % escaped), b'["%s"]' % wanted)
    for n, c in enumerate(b"nrt"):
        equal(opened(b'"[\\%s1]"' % bytes((c,))), b"[%s1]" % b"\n\r\t"[n : n + 1])


def unread(document, before=b'{"execution":{"jobDocument":', after=b"}}"):
    """Why the message with this document's string cannot be read: one reason, of both ways."""
    reasons = []
    for module in MODULES:
        got = message(module, 200, None, before + document + after)
        equal((got.find(before[1:]), got.endswith(after)), (len(TOKEN) + 1, True), document)
        reasons.append(raises(JSONError, strict, got).args[0])
    equal(len(set(reasons)), 1, reasons)
    return reasons[0]


def test_with_what_is_no_json_of_its_own_the_message_cannot_be_read():
    words = 'x { {}} {}, {},"status":"SUCCEEDED" 1,"versionNumber":99 } " {"a":1,} NaN 01'.split()
    words += ['{}},"execution":{"jobId":"b"', ',"', '[1,"', '{"a":', '{"a":"', '[["']
    for text in words + ["", " ", "{} {}", "\x00{}", "{}\x00", "\b{}", "{}\f"]:
        for after in (b"}}", b',"versionNumber":2},"z":[1]}', b',"":":x,"},"y":"1"}'):
            unread(quoted(text), after=after)
        unread(quoted(text), b'{"jobDocument":', b',"executionState":{}}')


def test_what_is_wrong_with_a_document_is_found_in_it():
    for text, reason in (
        ('{"a":"\\ud800"}', "half a surrogate pair"),
        ('{"\\uDC00x":1}', "half a surrogate pair"),
        ("[" * 31 + "]" * 31, "nested deeper than 32 levels"),
        ('{"a":tru}', "unexpected character"),
        ('{"a":"\\x"}', "bad escape"),
    ):
        equal(unread(quoted(text)), reason, text)


def test_the_document_in_a_refusal_is_not_looked_at():
    for module in MODULES:
        body = b'{"jobDocument":"{"}'
        got = message(module, 404, b"ResourceNotFoundException", body)
        equal(got, TOKEN + b',"code":"ResourceNotFound",' + body[1:])


def test_a_document_that_is_no_string_stays():
    for document in (b"{}", b'{"a":"{}"}', b"null", b"5", b'["{}"]', b"true"):
        equal(opened(document), document)


def test_a_document_may_be_nested_as_deep_as_a_message():
    for levels, fits in ((30, True), (31, False), (32, False), (33, False), (200, False)):
        for opening, closing in ((b"[", b"]"), (b'{\\"a\\":', b"}")):
            inner = b"" if opening == b"[" else b"1"
            document = b'"%s"' % (opening * levels + inner + closing * levels)
            if not fits:
                equal(unread(document), "nested deeper than 32 levels", levels)
                continue
            wanted = document[1:-1].replace(b"\\", b"")
            for module in MODULES:
                body = b'{"execution":{"jobDocument":%s}}' % document
                got = message(module, 200, None, body)
                head = TOKEN + b',"execution":{"jobDocument":'
                equal(got[len(head) : -2].rstrip(b" "), wanted, (levels, opening))
                strict(got)


def test_of_two_documents_the_last_one_is_opened():
    for module in MODULES:
        body = b'{"execution":{"jobDocument":"1","jobDocument":"2"},"jobDocument":"3"}'
        got = message(module, 200, None, body)
        wanted = b',"execution":{"jobDocument":"1","jobDocument":2  },"jobDocument":3  }'
        equal(got, TOKEN + wanted)
        body = b'{"execution":{"jobDocument":"1"},"execution":[{"jobDocument":"2"}]}'
        equal(message(module, 200, None, body), TOKEN + b"," + body[1:])


def below(n):
    return random.getrandbits(16) % n


def some_text():
    """A JSON string's inside: bytes, escapes and pairs."""
    text = b""
    for _ in range(below(12)):
        what = below(6)
        if what == 0:
            text += b"\\" + b'"\\/bfnrt'[below(8) :][:1]
        elif what == 1:
            high = 0xD800 + below(0x400), 0xDC00 + below(0x400)
            text += (b"\\u%04x\\u%04X") % high
        elif what == 2:
            code = random.getrandbits(16) >> below(16)
            text += b"\\u%04X" % code if not 0xD800 <= code < 0xE000 else b"\\u0000"
        elif what == 3:
            text += chr(0x20 + (random.getrandbits(20) >> below(20)) % 0xD000).encode()
        else:
            text += bytes((35 + below(57),))
    return text.replace(b'"', b'\\"').replace(b'\\\\"', b'\\"')


def test_both_ways_write_what_unescape_does():
    random.seed(6)
    tried = 0
    for _ in range(4000):
        text = b'"%s"' % some_text()
        if scan.read(text, 0, len(text), b"\0\0", b"", text) != len(text):
            continue
        wanted = bytearray(len(text))
        size = scan.unescape(text, 1, len(text) - 1, wanted, 0)
        wanted[size:] = b" " * (len(text) - size)
        for module in MODULES:
            buf = bytearray(b"<<" + text + b">>")
            module.unquote(buf, 2, 2 + len(text))
            equal(bytes(buf), b"<<" + bytes(wanted) + b">>", text)
        tried += 1
    print("%d strings" % tried)
    equal(tried > 3000, True)
