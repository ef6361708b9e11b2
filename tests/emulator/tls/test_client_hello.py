"""The name that a client asks for is read from its first bytes, however they come."""

import ssl

import pytest
from iotjobs_emulator.tls.client_hello import IncompleteError, server_name

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
NAME = "a1b2c3-ats.iot.eu-west-1.amazonaws.com"


def hello(name, version=ssl.TLSVersion.TLSv1_3):
    """What Python's client sends first."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.minimum_version = context.maximum_version = version
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def record(content, kind=0x16):
    return bytes([kind, 3, 1]) + len(content).to_bytes(2, "big") + content


def vector(size, content):
    return len(content).to_bytes(size, "big") + content


def message(*extensions, kind=1):
    """A ClientHello by hand."""
    body = bytes(34) + vector(1, b"") + vector(2, b"\x13\x01") + vector(1, b"\x00")
    body += vector(2, b"".join(number + vector(2, content) for number, content in extensions))
    return bytes([kind]) + vector(3, body)


def named(name, kind=0):
    return b"\x00\x00", vector(2, bytes([kind]) + vector(2, name))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [NAME, "localhost", None])
def test_the_name_is_read(name, version):
    assert server_name(hello(name, version)) == name


@pytest.mark.parametrize("version", VERSIONS)
def test_before_the_last_byte_nothing_is_known(version):
    whole = hello(NAME, version)
    for size in range(len(whole)):
        with pytest.raises(IncompleteError):
            server_name(whole[:size])
    assert server_name(whole + b"more") == NAME


@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_a_hello_may_be_in_several_records(size):
    content = message(named(NAME.encode()))
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    whole = b"".join(map(record, pieces))
    for end in range(len(whole)):
        with pytest.raises(IncompleteError):
            server_name(whole[:end])
    assert server_name(whole) == NAME


def test_other_extensions_are_passed_over():
    other = (b"\x00\x17", b"")
    assert server_name(record(message(other, (b"\xff\x01", b"\x00"), named(b"x"), other))) == "x"


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10\x0c",
        record(message(named(b"x")), kind=0x17),
        record(message(named(b"x"), kind=2)),
        record(message(named(b"x"), kind=2)[:1]),
        record(message(named(b"x", kind=1))),
        record(message(named(b"\xff"))),
        record(message((b"\x00\x00", b""))),
        record(message((b"\x00\x00", b"\x00\x09\x00\x00\x01"))),
        record(message()),
        record(b"\x01" + vector(3, bytes(34))),
        record(b"\x01" + vector(3, bytes(20))),
        record(b"\x01\x00\x40\x00"),  # too long to be waited for
        record(b"\x01\xff\xff\xff"),
    ],
)
def test_what_names_nothing_or_is_none_does_not_wait_for_more(data):
    assert server_name(data) is None


def test_no_byte_that_is_changed_does_harm():
    whole = hello(NAME)
    for at in range(len(whole)):
        for value in (0, 1, 0x7F, 0xFF, whole[at] ^ 1):
            changed = whole[:at] + bytes([value]) + whole[at + 1 :]
            try:
                name = server_name(changed)
            except IncompleteError:
                continue
            assert name is None or isinstance(name, str)
