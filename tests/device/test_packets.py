"""MQTT packets as bytes: written, and put together from whatever pieces arrive."""

from iotjobs import packets
from iotjobs.packets import PacketReader
from iotjobs.stream import PROTOCOL, LinkError
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
    for _ in range(5000):
        if reader.read(stream):
            found.append((reader.first, reader.length, bytes(reader.buf[: reader.kept])))
            reader.reset()
        elif not reader.took:
            break
    return found


def test_connect_has_the_members_that_are_set():
    for settings, wanted in (
        (
            ("dev", 60, True, None, None, None, 0, False),
            b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03dev",
        ),
        (
            ("", 0, False, "u", "pw", None, 0, False),
            b"\x10\x13\x00\x04MQTT\x04\xc0\x00\x00\x00\x00\x00\x01u\x00\x02pw",
        ),
        (
            ("d", 300, True, None, None, ("t", "bye"), 1, True),
            b"\x10\x15\x00\x04MQTT\x04\x2e\x01\x2c\x00\x01d\x00\x01t\x00\x03bye",
        ),
        (
            ("d", 1, True, "u", None, None, 0, False),
            b"\x10\x10\x00\x04MQTT\x04\x82\x00\x01\x00\x01d\x00\x01u",
        ),
    ):
        equal(bytes(packets.connect_packet(*settings)), wanted)


def test_subscribe_asks_for_all_filters_at_once():
    packet = packets.subscribe_packet(258, ("a/b", b"#"), 1)
    equal(bytes(packet), b"\x82\x0c\x01\x02\x00\x03a/b\x01\x00\x01#\x01")


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


def test_a_publish_is_completed_in_the_room_before_its_topic():
    buf = bytearray(b"#######a/bpayload")
    start = packets.put_publish(buf, 7, 10, len(buf), 0)
    equal(bytes(buf[start:]), b"\x30\x0c\x00\x03a/bpayload")
    equal(bytes(buf[:start]), b"###")


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


def test_a_length_that_the_protocol_does_not_know_is_an_error():
    for header in (b"\x30\x80\x80\x80\x80", b"\x30\xff\xff\xff\xff\x01", b"\x30\x85\x82\x08"):
        error = raises(LinkError, read_all, PacketReader(100), Pieces(header))
        equal(error.stage, PROTOCOL, header)
    equal(read_all(PacketReader(100), Pieces(b"\x30\x84\x82\x08")), [])


def test_a_string_that_mqtt_cannot_carry_is_refused():
    raises(ValueError, packets.raw, "x" * 65536)
    equal(packets.raw("é"), "é".encode())
