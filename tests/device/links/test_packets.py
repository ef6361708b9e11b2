"""MQTT packets as bytes: written, and put together from whatever pieces arrive."""

from iotjobs.links import packets
from iotjobs.links.link import LinkError
from iotjobs.links.packets import PacketReader
from support import equal, raises


class Pieces:
    """A stream that has these pieces, one a read, and then nothing."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)

    def read(self, buf, size):
        if not self.pieces:
            return 0
        piece = self.pieces.pop(0)
        part = piece[:size]
        if piece[size:]:
            self.pieces.insert(0, piece[size:])
        buf[: len(part)] = part
        return len(part)


def read_all(reader, stream):
    found = []
    steps = reader.read(stream)
    for _ in range(5000):
        count = next(steps)
        if count < 0:
            found.append((reader.first, reader.length, bytes(reader.buf[: reader.kept])))
        elif not count:
            break
    return found


def test_the_length_takes_as_many_bytes_as_it_needs():
    for size, wanted in (
        (0, b"\x30\x00"),
        (127, b"\x30\x7f"),
        (128, b"\x30\x80\x01"),
        (16383, b"\x30\xff\x7f"),
        (16384, b"\x30\x80\x80\x01"),
        (131072, b"\x30\x80\x80\x08"),
    ):
        equal(bytes(packets.packet(0x30, bytes(size))[: len(wanted)]), wanted, size)


STREAM = (
    b"\x20\x02\x00\x00"
    + b"\xd0\x00"
    + bytes(packets.packet(0x30, b"\x00\x01t" + bytes(range(256)) * 2))
    + b"\x40\x02\x00\x07"
)


def test_packets_are_the_same_however_their_bytes_arrive():
    whole = read_all(PacketReader(1024), Pieces(STREAM))
    equal([packet[0] for packet in whole], [0x20, 0xD0, 0x30, 0x40])
    equal(whole[2][2], b"\x00\x01t" + bytes(range(256)) * 2)
    for cut in range(1, len(STREAM)):
        equal(read_all(PacketReader(1024), Pieces(STREAM[:cut], STREAM[cut:])), whole, cut)
    single = Pieces(*[STREAM[i : i + 1] for i in range(len(STREAM))])
    equal(read_all(PacketReader(1024), single), whole)


def test_a_packet_larger_than_the_buffer_is_kept_in_part_and_the_next_is_whole():
    for size in (1, 3, 100, 256, 300, 514):
        for cut in (1, 9, 200, 400):
            reader = PacketReader(size)
            packet = bytes(packets.packet(0x30, b"\x00\x01t" + bytes(512))) + b"\xd0\x00"
            found = read_all(reader, Pieces(packet[:cut], packet[cut:]))
            equal([first for first, _, _ in found], [0x30, 0xD0])
            equal((found[0][1], len(found[0][2])), (515, size))


def test_a_part_that_is_kept_stays_whatever_comes_and_the_room_is_given_back():
    size = 2000
    text = bytes(range(256)) * 8
    parts = (0, 2000), (0, 1), (1, 2000), (40, 1900), (900, 1000), (1999, 2000), (7, 7)
    for start, end in parts:
        reader = PacketReader(size)
        reader.buf[:size] = text[:size]
        at = reader.keep(start, end)
        kept = text[start:end]
        room = len(reader.buf) - len(kept)
        equal((at, bytes(reader.buf[at:]), room >= 1024), (room, kept, True), (start, end))
        for length in (1, 255, 1023, 1024, room - 1, room, room + 1, room + 700, 5000):
            packet = bytes(packets.packet(0x30, b"\xaa" * length)) + b"\xd0\x00"
            found = read_all(reader, Pieces(packet[:30], packet[30:]))
            equal(found, [(0x30, length, b"\xaa" * min(length, room)), (0xD0, 0, b"")])
            equal(bytes(reader.buf[at:]), kept, (start, end, length))
        reader.release()
        for length in (1, size - 1, size, size + 1):
            packet = bytes(packets.packet(0x30, b"\xbb" * length))
            equal(read_all(reader, Pieces(packet)), [(0x30, length, b"\xbb" * min(length, size))])


def test_what_is_kept_or_released_within_a_packet_counts_from_the_next_one():
    packet = bytes(packets.packet(0x30, bytes(range(250)) * 8))
    reader = PacketReader(2000)
    steps = reader.read(Pieces(packet[:1500], b"", packet[1500:], packet))
    reader.keep(0, 1900)
    while next(steps):
        pass
    reader.release()
    while next(steps) >= 0:
        pass
    equal((reader.length, reader.kept), (2000, 1124))
    equal(bytes(reader.buf[:1124]), packet[3:1127])
    while next(steps) >= 0:
        pass
    equal((reader.length, reader.kept), (2000, 2000))


def test_a_length_that_the_protocol_does_not_know_is_an_error():
    for header in (b"\x30\x80\x80\x80\x80", b"\x30\xff\xff\xff\xff\x01", b"\x30\x91\xd8\x0a"):
        error = raises(LinkError, read_all, PacketReader(100), Pieces(header))
        equal(error.stage, "protocol", header)
    equal(read_all(PacketReader(100), Pieces(b"\x30\x90\xd8\x0a")), [])


def test_a_string_that_mqtt_cannot_carry_is_refused():
    raises(ValueError, packets.field, "x" * 65536)
    raises(ValueError, packets.field, bytes(65536))
    equal(len(packets.field("x" * 65535)), 65537)
    equal(packets.field("é"), b"\x00\x02\xc3\xa9")
