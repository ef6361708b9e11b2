"""CBOR in place: what was seen on the live service, and every other way to write the same; what is
none is refused, and nothing beyond its end is ever looked at.
"""

from cbor_text import array, chunked, data, head, integer, map_of, text
from iotjobs.codec import cbor
from support import HeapLocked, equal, raises

NAMES = (b"c", b"f", b"i", b"l", b"p", b"s", b"r", b"message")
C, F, INDEX, L, P, S, R, MESSAGE = range(8)
# A block of 1,024 bytes as it was captured: file 0, block 0.
SEEN = b"\xbf\x61f\x00\x61i\x00\x61l\x19\x04\x00\x61p\x59\x04\x00" + b"x" * 1024 + b"\xff"


def reader(raw, before=b"", after=b""):
    """A Reader that has read the map in the middle of a buffer, all of it."""
    made = cbor.Reader(NAMES)
    end = len(before) + len(raw)
    equal(made.read(before + raw + after, len(before), end), end)
    return made


def test_a_block_as_it_was_seen_on_the_service():
    made = reader(SEEN, b"topic", b"the next")
    target = bytearray(1030)
    equal((made.number(F), made.number(INDEX), made.number(L)), (0, 0, 1024))
    equal((made.number(C), made.start(C), made.text(C)), (-1, 0, None))
    equal(made.take(P, target, 3, 1024), True)
    equal(bytes(target), b"\0\0\0" + b"x" * 1024 + b"\0\0\0")


def test_the_same_in_each_way_to_write_it():
    blob = bytes(range(200))
    target = bytearray(200)
    for endless in (True, False):
        for width in (0, 1, 2, 4, 8):
            for payload in (
                data(blob, width),
                chunked(2, [blob]),
                chunked(2, [blob[:1], b"", blob[1:150], blob[150:]]),
            ):
                pairs = [
                    ("c", text("rdy", width)),
                    ("f", integer(7, width)),
                    ("l", integer(200, width)),
                    ("i", integer(3, width)),
                    ("p", payload),
                ]
                for order in (pairs, pairs[::-1]):
                    made = reader(map_of(order, endless))
                    equal([made.number(n) for n in (F, L, INDEX)], [7, 200, 3])
                    equal(
                        (made.says(C, b"rdy"), made.says(C, b"rd"), made.text(C)),
                        (True, False, "rdy"),
                    )
                    equal(made.take(P, target, 0, 199), False)
                    equal((made.take(P, target, 0, 200), bytes(target)), (True, blob))
                    target[:] = bytes(200)


UNKNOWN = (
    integer(5),
    integer((1 << 64) - 1, 8),
    head(1, 9),  # a negative number
    head(1, 1 << 40, 8),
    text("x" * 300),
    data(b"abc"),
    chunked(3, [b"a", b"b"]),
    array([]),
    array([integer(1), array([text("a")], True)]),
    array([], True),
    map_of([]),
    map_of([("f", integer(1)), ("deep", map_of([("f", integer(2))]))], False),
    head(6, 32) + text("a tag"),
    head(6, 1) + head(6, 2) + array([integer(1)]),
    b"\xf4",  # false, null, a simple value, three floats
    b"\xf6",
    b"\xf8\xff",
    b"\xf9\x3c\x00",
    b"\xfa\x3f\x80\x00\x00",
    b"\xfb" + bytes(8),
    b"\x81" * 7 + b"\x00",
)


def test_what_nobody_wants_is_passed_over_wherever_it_is():
    known = [("f", integer(7)), ("p", data(b"abc"))]
    for item in UNKNOWN:
        for endless in (True, False):
            for at in range(3):
                pairs = known[:]
                pairs.insert(at, ("unknown", item))
                made = reader(map_of(pairs, endless))
                equal((made.number(F), made.take(P, bytearray(3), 0, 3)), (7, True), item)
                # A key may be any item, too.
                body = b"".join(text(name) + value for name, value in known)
                raw = b"\xbf" + item + integer(1) + body + b"\xff"
                if not item.startswith(b"\x79"):
                    equal(reader(raw).number(F), 7, item)


def test_a_member_of_another_type_is_none():
    for item in UNKNOWN[1:]:
        made = reader(map_of([("f", item), ("p", item), ("c", item)]))
        equal(made.number(F), -1, item)
        if item[0] >> 5 != 3:
            equal((made.says(C, b""), made.text(C)), (False, None), item)
        if item[0] >> 5 != 2:
            equal(made.take(P, bytearray(9), 0, 3), False, item)
    made = reader(map_of([("f", integer(0x3FFFFFFE, 8)), ("i", integer(0x3FFFFFFF))]))
    equal((made.number(F), made.number(INDEX)), (0x3FFFFFFE, -1))
    equal(reader(map_of([("c", text("a")[:-1] + b"\xff")])).text(C), None)


def test_texts_in_chunks_and_long_names():
    made = reader(map_of([("c", chunked(3, [b"rd", b"", b"y"])), ("message", text("a b"))]))
    equal((made.says(C, b"rdy"), made.says(C, b"rdx"), made.text(C)), (True, False, "rdy"))
    equal(made.text(MESSAGE), "a b")
    made = reader(map_of([("mess", text("a")), ("messages", text("b")), ("", text("c"))]))
    equal((made.text(MESSAGE), made.text(C)), (None, None))


def test_of_two_members_with_one_name_the_last_counts_and_of_two_maps_the_second():
    made = reader(map_of([("f", integer(1)), ("f", integer(2))]))
    equal(made.number(F), 2)
    made.read(map_of([("i", integer(3))]), 0, 5)
    equal((made.number(F), made.number(INDEX)), (-1, 3))


def test_maps_in_a_list():
    files = [map_of([("f", integer(f)), ("z", integer(100 * f))], f & 1) for f in range(3)]
    for endless in (True, False):
        made = reader(map_of([("s", integer(1)), ("r", array(files, endless)), ("f", integer(9))]))
        one = cbor.Reader((b"f", b"z"))
        equal(
            [(one.number(0), one.number(1)) for _ in made.maps(R, one)],
            [(0, 0), (1, 100), (2, 200)],
        )
        equal((made.number(S), made.number(F)), (1, 9))
    equal([1 for _ in reader(map_of([("r", integer(1))])).maps(R, one)], [])
    equal([1 for _ in reader(map_of([])).maps(R, one)], [])
    made = reader(map_of([("r", array([integer(1)]))]))
    raises(cbor.CBORError, list, made.maps(R, one))


def refused(raw):
    made = cbor.Reader(NAMES)
    whole = raw + b"\xff" * 16  # what follows must not be taken for its end
    return raises(cbor.CBORError, made.read, whole, 0, len(raw)).args


def test_what_is_cut_off_is_refused_at_every_byte():
    whole = map_of(
        [
            ("c", text("rdy")),
            ("i", integer(300, 4)),
            ("p", data(b"abcd")),
            ("r", array([map_of([("f", integer(1))]), chunked(2, [b"a"])], True)),
        ]
    )
    for raw in (whole, SEEN, map_of([("f", head(6, 1) + array([integer(1), integer(2)]))], False)):
        for end in range(0, len(raw), 1 if len(raw) < 99 else 37):
            refused(raw[:end])


def test_what_is_no_map_or_not_well_formed_is_refused_and_says_where():
    for raw, why, at in (
        (b"", "ends too early", 0),
        (b"\x00", "not a map", 1),
        (array([integer(1)]), "not a map", 1),
        (b"\xff", "not a map", 1),
        (b"\xa1\x61f\xff", "a break where nothing ends", 4),
        (b"\xbf\x61f\xff", "a break where nothing ends", 4),
        (b"\xa1\x61f\x1c", "a reserved head", 3),
        (b"\xa1\x61f\x1f", "an item without an end", 3),
        (b"\xa1\x61f\xdf\x00", "an item without an end", 3),
        (b"\xa1\x61p\x5f\x61a\xff", "a chunk of another type", 5),
        (b"\xa1\x61p\x5f\x5f\x41a\xff\xff", "a chunk of another type", 5),
        (b"\xa1\x61p\x5b" + b"\xff" * 8, "ends too early", 12),
        (b"\xa1\x61p\x44abc", "ends too early", 4),
        (b"\xa1\x61r\x9b" + b"\xff" * 8, "ends too early", 12),
        (b"\xa1\x61r\x85\x80\x80\x80", "ends too early", 4),
        (b"\xa1\x61r\xbb\x7f" + b"\xff" * 7, "ends too early", 12),
        (b"\xbb" + b"\xff" * 8 + text("f") + integer(1), "ends too early", 12),
        (b"\xa1\x61f" + b"\x81" * 9 + b"\x00", "nested deeper than 8 levels", 12),
        (b"\xa1\x61f" + b"\xc1" * 9 + b"\x00", "nested deeper than 8 levels", 12),
        (b"\xa1\x61f" + b"\x9f" * 200, "nested deeper than 8 levels", 12),
    ):
        equal(refused(raw), (why, at), raw)


def test_reading_a_block_allocates_nothing():
    made = cbor.Reader(NAMES)
    target = bytearray(1024)
    raw = map_of(
        [
            ("c", text("0123456789ab")),
            ("f", integer(0)),
            ("i", integer(300)),
            ("l", integer(1024)),
            ("p", chunked(2, [b"y" * 1000, b"z" * 24])),
            ("u", array([integer(1)])),
        ]
    )
    end = len(raw)
    token = b"0123456789ab"
    with HeapLocked():
        right = made.read(raw, 0, end) == end
        right = right and made.says(C, token) and made.number(INDEX) == 300
        right = right and made.take(P, target, 0, 1024)
    equal((right, bytes(target)), (True, b"y" * 1000 + b"z" * 24))


def test_what_is_written_is_as_short_as_it_can_be():
    buf = bytearray(16)
    for value in (0, 1, 23, 24, 255, 256, 65535, 65536, 0x3FFFFFFF):
        end = cbor.head(buf, 2, cbor.UNSIGNED, value)
        equal(bytes(buf[2:end]), integer(value))
    end = cbor.head(buf, 0, cbor.MAP, 6)
    equal(bytes(buf[:end]), b"\xa6")
    end = cbor.text(buf, 1, b"rdy")
    equal(bytes(buf[1:end]), text("rdy"))
