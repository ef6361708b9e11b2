"""The byte loops, in viper and in the plain twin: strict JSON, names found, text moved."""

from array import array

from iotjobs.codec import plain, scan
from support import equal, raises, strict

try:
    from iotjobs.codec import viper

    TWINS = (viper, plain)
except (ImportError, SyntaxError, ValueError):
    TWINS = (plain,)

REASONS = scan.REASONS.split("|")
NO_NAMES = b"\x00\x00"
ONE_NAME = b"\x01\x02\x00\x00z\x00"


def outcome(twin, text):
    result = twin.read(text, 0, len(text), ONE_NAME, array("i", (0, 0)), text)
    return result if result >= 0 else (REASONS[-result & 15], -result >> 4)


def test_the_fast_twin_is_taken_where_there_is_an_emitter():
    equal(scan.read is TWINS[0].read, True)


WHOLE = b'{} [] "" 0 -0 10 -12.50e+3 1E9 0.0 true false null {"":0} [[],[[]],{},{"a":{}}]'.split()
EARLY = rb'{ {"a" {"a": {"a":1 {"a":1, [1 [1, - 1. 1e 1e+ tru'.split()
EARLY += rb'"abc "abc\ "\u12 "\ud8 "\ud800\u'.split()


def test_what_is_json_is_accepted_to_its_end():
    texts = WHOLE + [
        b' \t\r\n{ "a" : [ 1 , 2 ] , "b" : { } } \n',
        b'"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"',
        '"é€😀\x7f"'.encode(),
        b'"\xf4\x8f\xbf\xbf"',
        b"[" * 32 + b"]" * 32,
        b'{"a":' * 32 + b"1" + b"}" * 32,
    ]
    for twin in TWINS:
        for text in texts:
            equal(outcome(twin, text), len(text), text)


def test_what_ends_too_early_is_refused_at_its_end():
    for twin in TWINS:
        for text in EARLY + [b"", b"  ", b'"\xc3']:
            equal(outcome(twin, text), ("ends too early", len(text)), text)


def test_what_is_not_json_is_refused_with_the_reason_and_the_place():
    unexpected, escape, number, control, utf8, deep, after, half = REASONS[2:]
    for twin in TWINS:
        for text, reason, place in (
            (b"x", unexpected, 0),
            (b"nil", unexpected, 1),
            (b"falsy", unexpected, 4),
            (b"True", unexpected, 0),
            (b"NaN", unexpected, 0),
            (b"+1", unexpected, 0),
            (b".5", unexpected, 0),
            (b"[1 2]", unexpected, 3),
            (b"[1,]", unexpected, 3),
            (b"[,1]", unexpected, 1),
            (b"[1}", unexpected, 2),
            (b'{"a":1]', unexpected, 6),
            (b'{"a":1,}', unexpected, 7),
            (b'{"a" 1}', unexpected, 5),
            (b"{1:2}", unexpected, 1),
            (b'{"a":1 "b":2}', unexpected, 7),
            (b"{,}", unexpected, 1),
            (b"[}", unexpected, 1),
            (b"{]", unexpected, 1),
            (b'["a":1]', unexpected, 4),
            (b'"\\x"', escape, 2),
            (b'"\\u12g4"', escape, 5),
            (b'"\\U0041"', escape, 2),
            (b"-a", number, 1),
            (b"1.a", number, 2),
            (b"1ex", number, 2),
            (b'"a\nb"', control, 2),
            (b'"\x1f"', control, 1),
            (b'"\x80"', utf8, 1),
            (b'"\xc0\x80"', utf8, 1),
            (b'"\xc1\xbf"', utf8, 1),
            (b'"\xe0\x9f\xbf"', utf8, 2),
            (b'"\xed\xa0\x80"', utf8, 2),
            (b'"\xf0\x8f\xbf\xbf"', utf8, 2),
            (b'"\xf4\x90\x80\x80"', utf8, 2),
            (b'"\xf5\x80\x80\x80"', utf8, 1),
            (b'"\xc3\xc3"', utf8, 2),
            (b'"\xe2\x82"', utf8, 3),
            (b"[" * 33, deep, 32),
            (b'{"a":' * 33, deep, 160),
            (b"{}{}", after, 2),
            (b"1 1", after, 2),
            (b"01", after, 1),
            (b"1\x00", after, 1),
            (b"]", unexpected, 0),
            (b"[]]", after, 2),
            (b'"\\ud800"', half, 7),
            (b'"\\udc00"', half, 4),
            (b'"\\uDFFF"', half, 4),
            (b'"\\ud800\\u0041"', half, 9),
            (b'"\\ud800\\ue041"', half, 9),
            (b'"\\ud800\\uxxxx"', escape, 9),
            (b'"\\ud800x"', half, 7),
            (b'"\\ud800\\n"', half, 8),
            (b'"\\uD800\\uD800"', half, 10),
            (b'"\\ud800\\udc0"', escape, 12),
            (b'{\\"a":1}', unexpected, 1),
            (b"{\xff:1}", unexpected, 1),
            (b"\xff", unexpected, 0),
        ):
            equal(outcome(twin, text), (reason, place), text)


def test_a_value_in_the_middle_of_a_buffer_is_read_within_its_bounds():
    for twin in TWINS:
        text = b'}{"a":"b"}]'
        spans = array("i", (0, 0))
        equal(twin.read(text, 1, 10, ONE_NAME, spans, text), 10)
        for end in range(1, 10):  # cut anywhere, it never looks beyond the end
            result = twin.read(text, 1, end, ONE_NAME, spans, text)
            equal(REASONS[-result & 15], "ends too early", end)
        for number in (b"12", b"-0", b"1.5", b"1e5"):
            text = number + b"7e9"
            equal(twin.read(text, 0, len(number), NO_NAMES, b"", text), len(number), number)


def test_without_wanted_members_what_is_behind_the_value_is_not_looked_at():
    for twin in TWINS:
        for value in (b"{}", b'[1,{"a":"]"}]', b'"a\\""', b"-1.5e3", b"true", b"0"):
            for tail in (b"", b" ", b",x", b"}", b"]"):
                text = b" " + value + tail
                equal(twin.read(text, 0, len(text), NO_NAMES, b"", text), 1 + len(value), text)


# a, obj, obj.a, obj.bc, the empty name
NAMES = b"\x05\x02\x00\x00a\x04\x04\x0aobj\x02\x00\x00a\x03\x00\x00bc\x00\x01\x00\x00\x00"


def members(twin, text):
    spans = array("i", [7] * 10)
    twin.read(text, 0, len(text), NAMES, spans, text)
    found = []
    for i in range(0, 10, 2):
        if not spans[i]:
            equal(spans[i + 1], 0, text)
        found.append(text[spans[i] : spans[i + 1]])
        equal(found[-1] == b"", spans[i] == 0, text)
    return found


TWO_LEVELS = b'{"":1,"obj":{"a":1}}'


def test_members_are_found_by_name_at_their_own_level():
    for twin in TWINS:
        for text, wanted in (
            (b'{"a":1,"obj":{"a":2,"bc":3}}', [b"1", b'{"a":2,"bc":3}', b"2", b"3", b""]),
            (
                b'{"obj":{"bc":[1,{"a":9}],"x":{"a":8}}}',
                [b"", b'{"bc":[1,{"a":9}],"x":{"a":8}}', b"", b'[1,{"a":9}]', b""],
            ),
            (b'{"x":{"a":1},"a": "\\"" }', [b'"\\""', b"", b"", b"", b""]),
            (b'{"obj":[{"a":1}],"a":{"a":5}}', [b'{"a":5}', b'[{"a":1}]', b"", b"", b""]),
            (
                b'{"o\\u0062j":{"\\u0062c":true},"\\u0061":null}',
                [b"null", b'{"\\u0062c":true}', b"", b"true", b""],
            ),
            (b'{"a":1,"a":[2]}', [b"[2]", b"", b"", b"", b""]),
            (b'{"obj":{"a":1},"obj":{"bc":2}}', [b"", b'{"bc":2}', b"", b"2", b""]),
            (b'{"obj":{"a":1},"obj":3}', [b"", b"3", b"", b"", b""]),
            (b'{"obj":{"bc":1},"obj":{"a":2}}', [b"", b'{"a":2}', b"2", b"", b""]),
            (b'{"a":1,"obj":{"bc":1},"":2,"obj":[]}', [b"1", b"[]", b"", b"", b"2"]),
            (b'[{"a":1}]', [b"", b"", b"", b"", b""]),
            (b'{"aa":1,"ob":2,"objx":3,"":4}', [b"", b"", b"", b"", b"4"]),
            (b'{"obj":{"":1,"obj":{"a":1}},"o":{"a":1}}', [b"", TWO_LEVELS, b"", b"", b""]),
            (b'{"%s":1,"a":2}' % (b"\\u0061" * 65), [b"2", b"", b"", b"", b""]),
        ):
            equal(members(twin, text), wanted, text)


def test_skip_and_item_walk_over_any_value():
    text = b' [1.5, "a]\\"", {"k": [{}]}, [], true ,null]'
    found = []
    at = scan.item(text, 2)
    while at >= 0:
        end = scan.skip(text, at, len(text))
        found.append(text[at:end])
        at = scan.item(text, end)
    equal(found, [b"1.5", b'"a]\\""', b'{"k": [{}]}', b"[]", b"true", b"null"])
    equal(scan.item(b"[]", 1), -1)


ESCAPED = (
    (b"", ""),
    (b"plain", "plain"),
    (b'\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t'),
    (b"\\u0041\\u00e9\\u07FF\\u0800\\u20AC\\uD83D\\uDe00\\u0000", "Aé\u07ff\u0800€😀\0"),
    (b"\\u007E\\u007f\\u0080", "~\x7f\x80"),
    (b"\\uD800\\uDC00\\udbff\\udfff", "\U00010000\U0010ffff"),
    ("é€😀".encode(), "é€😀"),
)


def test_escapes_are_resolved_to_utf8():
    for twin in TWINS:
        for escaped, text in ESCAPED:
            target = bytearray(2 + len(escaped))
            end = twin.unescape(escaped, 0, len(escaped), target, 1)
            equal(bytes(target[1:end]), text.encode(), escaped)
            equal(target[end:], bytes(len(target) - end), escaped)
            size = len(text.encode())
            target = bytearray(1 + size)
            equal(twin.unescape(escaped, 0, len(escaped), target, 1), 1 + size, escaped)
            if size:
                target = bytearray(size)
                equal(twin.unescape(escaped, 0, len(escaped), target, 1), -1, escaped)


def test_text_is_unescaped_in_its_own_place():
    for twin in TWINS:
        buf = bytearray(b'"a\\u00e9\\nb"')
        end = twin.unescape(buf, 1, len(buf) - 1, buf, 0)
        equal(bytes(buf[:end]), "aé\nb".encode())


def put(twin, members, limit=200):
    """What `put` writes behind a byte that stays, None where it does not fit."""
    target = bytearray(limit + 8)
    target[0] = 0x23
    end = twin.put(target, 1, limit, members, 0x7B)
    equal((len(target), target[0]), (limit + 8, 0x23))
    return bytes(target[1:end]) if end > 0 else None


def test_members_are_written_as_json_and_never_beyond_the_limit():
    for twin in TWINS:
        for members, wanted in (
            ({"k": "plain/é😀 "}, '{"k":"plain/é😀 "'.encode()),
            ({"a:b_c-D9": '"\\'}, b'{"a:b_c-D9":"\\"\\\\"'),
            ({"k" * 128: "é" * 1024}, b'{"' + b"k" * 128 + b'":"' + b"\xc3\xa9" * 1024 + b'"'),
            ({"k": "\xa0\u0100"}, b'{"k":"\xc2\xa0\xc4\x80"'),
            ({"k": "\ud7ff\ue000"}, b'{"k":"\xed\x9f\xbf\xee\x80\x80"'),
            ({"n": 12}, b'{"n":"12"'),
            ({"n": 2**40}, b'{"n":"1099511627776"'),
        ):
            size = len(wanted)
            equal(put(twin, members, 1 + size), wanted, members)
            for limit in range(1, 1 + size, 1 if size < 100 else 50):
                equal(put(twin, members, limit), None, (members, limit))


def test_many_members_stand_between_commas():
    for twin in TWINS:
        given = {"a": "b", "b": 12, "c": -5, "d": 2**30, "e": "x", "f": 0}
        text = put(twin, given) + b"}"
        equal(strict(text), {key: str(given[key]) for key in given})
        equal(put(twin, {}), b"")
        # What an escaped name has left behind is no part of a number.
        members(twin, b'{"\\u00e9\\u00e9\\u00e9":1}')
        for digits in (1, 12, 123, 1234):
            equal(put(twin, {"n": digits}), b'{"n":"%d"' % digits)


def test_numbers_are_written_behind_their_name():
    for twin in TWINS:
        for number in (0, 9, 10, 99, 100, 123456789, 2**30 - 1):
            wanted = b',"n":%d' % number
            target = bytearray(2 + len(wanted))
            equal(twin.number(target, 1, b',"n":\0', number), 1 + len(wanted), number)
            equal(bytes(target), b"\0" + wanted + b"\0")


def test_what_no_status_detail_can_have_is_refused_by_name():
    controls = "\0", "a\nb", "\x1f", "\x7f", "\x80", "\x9f"
    no_texts = [("k", text) for text in ("", "x" * 1025, "a\ud83d\ude00", "\udc00") + controls]
    no_keys = [(key, "x") for key in ("", "k" * 129, "a b", "a.b", "é", '"')]
    no_types = [("k", value) for value in (1.5, None, True, b"x", ["x"])]
    for twin in TWINS:
        for key, value in no_keys + no_texts:
            error = raises(ValueError, put, twin, {key: value}, 3000)
            equal(repr(key) in str(error), True, (key, value))
        for key, value in no_types + [(1, "x"), (1, 2), (b"k", "x")]:
            error = raises(TypeError, put, twin, {key: value})
            equal(repr(key) in str(error), True, (key, value))
        for number in (2**63, -(2**63) - 1, 10**300):
            error = raises(ValueError, put, twin, {"k": number})
            equal("k %d" % number in str(error), True, number)


def test_same_compares_bytes():
    for twin in TWINS:
        equal(twin.same(b"xabcx", 1, 4, b"abc", 0), 1)
        equal(twin.same(b"xabcx", 1, 4, b"##abc", 2), 1)
        equal(twin.same(b"xabcx", 1, 4, b"abd", 0), 0)
        equal(twin.same(b"xabcx", 1, 4, b"bbc", 0), 0)
        equal(twin.same(b"xabcx", 1, 1, b"", 0), 1)


NAME, COLON, SPACE = 16, 128, 2


def test_a_span_ends_at_the_first_byte_of_another_kind():
    for twin in TWINS:
        for text, kind, wanted in (
            (b"azAZ09-_", NAME, 8),
            (b"a:b", NAME | COLON, 3),
            (b"a:b", NAME, 1),
            (b"a.b", NAME | COLON, 1),
            (b"a/b", NAME | COLON, 1),
            (b"@b", NAME, 0),
            (b"[b", NAME, 0),
            (b"`b", NAME, 0),
            (b"{b", NAME, 0),
            (b"\xc3\xa9", NAME | COLON, 0),
            (b" \t\r\n\v", SPACE, 4),
            (b"", NAME, 0),
        ):
            equal(twin.span(text, 0, len(text), scan.KINDS, kind), wanted, text)


def test_copy_moves_a_part():
    for twin in TWINS:
        target = bytearray(b"......")
        equal(twin.copy(b"abcdef", 1, 4, target, 2), 5)
        equal(target, b"..bcd.")
