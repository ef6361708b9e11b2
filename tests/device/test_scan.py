"""The byte loops, in viper and in the plain twin: strict JSON, names found, text moved."""

from array import array

from iotjobs import scan, scan_plain
from support import equal

try:
    from iotjobs import scan_viper

    TWINS = (scan_viper, scan_plain)
except SyntaxError:
    TWINS = (scan_plain,)

NO_NAMES = b"\x00\x00"


def outcome(twin, text):
    result = twin.read(text, 0, len(text), NO_NAMES, b"")
    return result if result >= 0 else (scan.REASONS[-result & 15], -result >> 4)


def test_the_fast_twin_is_taken_where_there_is_an_emitter():
    equal(scan.read is TWINS[0].read, True)


def test_what_is_json_is_accepted_to_its_end():
    for twin in TWINS:
        for text in (
            b"{}",
            b"[]",
            b'""',
            b"0",
            b"-0",
            b"10",
            b"-12.50e+3",
            b"1E9",
            b"0.0",
            b"true",
            b"false",
            b"null",
            b' \t\r\n{ "a" : [ 1 , 2 ] , "b" : { } } \n',
            b'[[],[[]],{},{"a":{}}]',
            b'"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"',
            b'{"":0}',
            '"é€😀\x7f"'.encode(),
            b'"\xf4\x8f\xbf\xbf"',
            b"[" * 32 + b"]" * 32,
            b'{"a":' * 32 + b"1" + b"}" * 32,
        ):
            equal(outcome(twin, text), len(text), text)


def test_what_is_not_json_is_refused_with_the_reason_and_the_place():
    early, unexpected, escape, number, control, utf8, deep, after, half = scan.REASONS[1:]
    for twin in TWINS:
        for text, reason, place in (
            (b"", early, 0),
            (b"  ", early, 2),
            (b"{", early, 1),
            (b'{"a"', early, 4),
            (b'{"a":', early, 5),
            (b'{"a":1', early, 6),
            (b'{"a":1,', early, 7),
            (b"[1", early, 2),
            (b"[1,", early, 3),
            (b'"abc', early, 4),
            (b'"abc\\', early, 5),
            (b'"\\u12', early, 5),
            (b'"\xc3', early, 2),
            (b"-", early, 1),
            (b"1.", early, 2),
            (b"1e", early, 2),
            (b"1e+", early, 3),
            (b"tru", early, 3),
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
            (b'"\\ud800"', half, 1),
            (b'"\\udc00"', half, 1),
            (b'"\\ud800\\u0041"', half, 7),
            (b'"\\ud800x"', half, 1),
            (b'"\\ud800\\n"', half, 1),
            (b'"\\ud800\\ud800"', half, 7),
        ):
            equal(outcome(twin, text), (reason, place), text)


def test_a_value_in_the_middle_of_a_buffer_is_read_within_its_bounds():
    for twin in TWINS:
        text = b'}{"a":"b"}]'
        equal(twin.read(text, 1, 10, NO_NAMES, b""), 10)
        for end in range(1, 10):  # cut anywhere, it never looks beyond the end
            result = twin.read(text, 1, end, NO_NAMES, b"")
            equal(scan.REASONS[-result & 15], "ends too early", end)


NAMES = b"\x00\x01a\x00\x03obj\x02\x01a\x02\x02bc\x00\x00"  # a, obj, obj.a, obj.bc


def members(twin, text):
    spans = array("i", [7] * 8)
    twin.read(text, 0, len(text), NAMES, spans)
    return [text[spans[i] : spans[i + 1]] for i in range(0, 8, 2)]


def test_members_are_found_by_name_at_their_own_level():
    for twin in TWINS:
        for text, wanted in (
            (b'{"a":1,"obj":{"a":2,"bc":3}}', [b"1", b'{"a":2,"bc":3}', b"2", b"3"]),
            (
                b'{"obj":{"bc":[1,{"a":9}],"x":{"a":8}}}',
                [b"", b'{"bc":[1,{"a":9}],"x":{"a":8}}', b"", b'[1,{"a":9}]'],
            ),
            (b'{"x":{"a":1},"a": "\\"" }', [b'"\\""', b"", b"", b""]),
            (b'{"obj":[{"a":1}],"a":{"a":5}}', [b'{"a":5}', b'[{"a":1}]', b"", b""]),
            (
                b'{"o\\u0062j":{"\\u0062c":true},"\\u0061":null}',
                [b"null", b'{"\\u0062c":true}', b"", b"true"],
            ),
            (b'{"a":1,"a":[2]}', [b"[2]", b"", b"", b""]),
            (b'{"obj":{"a":1},"obj":{"bc":2}}', [b"", b'{"bc":2}', b"", b"2"]),
            (b'{"obj":{"a":1},"obj":3}', [b"", b"3", b"", b""]),
            (b'[{"a":1}]', [b"", b"", b"", b""]),
            (b'{"aa":1,"ob":2,"objx":3,"":4}', [b"", b"", b"", b""]),
        ):
            equal(members(twin, text), wanted, text)


def test_skip_and_item_walk_over_any_value():
    for twin in TWINS:
        text = b' [1.5, "a]\\"", {"k": [{}]}, [], true ,null]'
        found = []
        at = twin.item(text, 2, len(text))
        while at >= 0:
            end = twin.skip(text, at, len(text))
            found.append(text[at:end])
            at = twin.item(text, end, len(text))
        equal(found, [b"1.5", b'"a]\\""', b'{"k": [{}]}', b"[]", b"true", b"null"])
        equal(twin.item(b"[]", 1, 2), -1)


ESCAPED = (
    (b"", ""),
    (b"plain", "plain"),
    (b'\\"\\\\\\/\\b\\f\\n\\r\\t', '"\\/\b\f\n\r\t'),
    (b"\\u0041\\u00e9\\u20AC\\uD83D\\uDe00\\u0000", "Aé€😀\0"),
    ("é€😀".encode(), "é€😀"),
)


def test_escapes_are_resolved_to_utf8():
    for twin in TWINS:
        for escaped, text in ESCAPED:
            target = bytearray(2 + len(escaped))
            end = twin.unescape(escaped, 0, len(escaped), target, 1)
            equal(bytes(target[1:end]), text.encode(), escaped)
            equal(target[end:], bytes(len(target) - end), escaped)


def test_text_is_unescaped_in_its_own_place():
    for twin in TWINS:
        buf = bytearray(b'"a\\u00e9\\nb"')
        end = twin.unescape(buf, 1, len(buf) - 1, buf, 0)
        equal(bytes(buf[:end]), "aé\nb".encode())


def test_a_json_string_is_compared_by_what_it_says():
    for twin in TWINS:
        for escaped, text in ESCAPED:
            raw = text.encode()
            equal(twin.equal(escaped, 0, len(escaped), raw, 0, len(raw)), 1, escaped)
            padded = b"#" + raw + b"#"
            equal(twin.equal(escaped, 0, len(escaped), padded, 1, len(raw)), 1, escaped)
            equal(twin.equal(escaped, 0, len(escaped), padded, 1, len(raw) + 1), 0, escaped)
            if raw:
                equal(twin.equal(escaped, 0, len(escaped), raw, 0, len(raw) - 1), 0, escaped)
                other = bytes([raw[0] ^ 1]) + raw[1:]
                equal(twin.equal(escaped, 0, len(escaped), other, 0, len(raw)), 0, escaped)


def test_text_is_escaped_and_never_beyond_the_limit():
    for twin in TWINS:
        for text, wanted in (
            ("plain/é😀\x7f", "plain/é😀\x7f".encode()),
            ('"\\', b'\\"\\\\'),
            ("\n\r\t", b"\\n\\r\\t"),
            ("\0\x01\x1f\x0b", b"\\u0000\\u0001\\u001f\\u000b"),
        ):
            size = twin.utf8_size(text, len(text))
            equal(size, len(text.encode()), text)
            for limit in range(1, 2 + len(wanted)):
                target = bytearray(40)
                end = twin.escape(text, size, target, 1, limit)
                if limit < 1 + len(wanted):
                    equal(end, -1, text)
                    equal(target[limit:], bytes(40 - limit), text)
                else:
                    equal(bytes(target[1:end]), wanted, text)


def test_numbers_go_to_digits_and_back():
    for twin in TWINS:
        for number in (0, 9, 10, 99, 100, 999999999, 2**30 - 1):
            target = bytearray(12)
            text = str(number).encode()
            end = twin.decimal(number, target, 1, 1 + len(text))
            equal(bytes(target[1:end]), text)
            equal(twin.decimal(number, target, 1, len(text)), -1)
            if len(text) < 10:
                equal(twin.digits(target, 1, end), number)
        for text in (b"", b"1234567890", b"-1", b"1.0", b"1e3", b" 1", b"x"):
            equal(twin.digits(text, 0, len(text)), -1, text)


def test_same_compares_bytes():
    for twin in TWINS:
        equal(twin.same(b"xabcx", 1, 4, b"abc"), 1)
        equal(twin.same(b"xabcx", 1, 4, b"abd"), 0)
        equal(twin.same(b"xabcx", 1, 4, b"abcx"), 0)
        equal(twin.same(b"xabcx", 4, 1, b""), 0)


def test_names_and_printable_text_are_recognised():
    for twin in TWINS:
        for text, colon, wanted in (
            (b"azAZ09-_", 0, 1),
            (b"a:b", 1, 1),
            (b"a:b", 0, 0),
            (b"a.b", 1, 0),
            (b"a/b", 1, 0),
            (b"a@b", 1, 0),
            (b"a[b", 1, 0),
            (b"a`b", 1, 0),
            (b"a{b", 1, 0),
            (b"\xc3\xa9", 1, 0),
        ):
            equal(twin.is_name(text, 0, len(text), colon), wanted, text)
        for text, wanted in (
            ("plain é €", 1),
            ("\x1f", 0),
            ("a\nb", 0),
            ("\x7f", 0),
            ("\x80", 0),
            ("\x9f", 0),
            ("\xa0", 1),
        ):
            equal(twin.is_printable(text.encode(), len(text.encode())), wanted, text)


def test_copy_moves_a_part():
    for twin in TWINS:
        target = bytearray(b"......")
        equal(twin.copy(b"abcdef", 1, 4, target, 2), 5)
        equal(target, b"..bcd.")
