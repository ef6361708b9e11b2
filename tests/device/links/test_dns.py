"""Where a host is, by a server of names that answers in the same process, or does not."""

import socket
import time

from afterwards import afterwards
from iotjobs.links import dns
from iotjobs.links.dns import Address, answer, question
from iotjobs.links.link import LinkError
from iotjobs.links.stream import Stream
from support import equal, raises

NAME = b"\x01a\x07example\0"
HERE = b"\xc0\x0c"  # a pointer to the name that was asked for
A, AAAA, CNAME = b"\0\1\0\1", b"\0\x1c\0\1", b"\0\5\0\1"
TTL = b"\0\0\0\x3c"


def record(kind, data, name=HERE):
    return name + kind + TTL + bytes((0, len(data))) + data


def answering(asked, *records, flags=b"\x81\x80", count=None):
    count = len(records) if count is None else count
    head = asked[:2] + flags + b"\0\1" + bytes((count >> 8, count & 255)) + b"\0\0\0\0"
    return bytes(head + asked[12:] + b"".join(records))


def test_a_question_is_what_rfc_1035_says():
    asked = bytes(question("a.example"))
    equal(asked[2:], b"\1\0\0\1\0\0\0\0\0\0" + NAME + b"\0\1\0\1")
    for host in ("", ".", "a..b", "a.", "x" * 64 + ".example"):
        equal(question(host), None, host)


def test_of_an_answer_the_first_ipv4_address_counts():
    asked = question("a.example")
    four = record(A, b"\x0a\0\0\x07")
    alias = record(CNAME, b"\1b\7example\0")
    foreign = bytearray(answering(asked, four))
    foreign[0] ^= 1
    another = bytearray(answering(asked, four))
    another[13] ^= 1
    for text, wanted in (
        (answering(asked, four), "10.0.0.7"),
        (answering(asked, four, record(A, b"\x0a\0\0\x08")), "10.0.0.7"),
        (answering(asked, alias, record(A, b"\1\2\3\4", b"\1b\7example\0")), "1.2.3.4"),
        (answering(asked, alias, record(A, b"\1\2\3\4", b"\1b" + HERE)), "1.2.3.4"),
        (answering(asked, record(A, b"\1\2\3\4", b"\0")), "1.2.3.4"),
        (answering(asked, record(AAAA, bytes(16)), four), "10.0.0.7"),
        (answering(asked, record(A, b"\1\2\3"), four), "10.0.0.7"),
        (answering(asked), ""),
        (answering(asked, alias), ""),
        (answering(asked, four, count=0), ""),
        (answering(asked, record(AAAA, bytes(16)), count=65535), ""),
        (answering(asked, b"\x3f"), ""),
        (answering(asked, b"\xc0"), ""),
        (answering(asked, four, flags=b"\1\0"), None),
        (bytes(foreign), None),
        (bytes(another), None),
        (b"", None),
        (bytes(asked[:-1]), None),
    ):
        equal(answer(text, asked), wanted, text)
    for code in range(1, 16):  # it failed, or there is no such name
        error = raises(OSError, answer, answering(asked, four, flags=bytes((0x81, code))), asked)
        equal(error.errno, -2)
    whole = answering(asked, alias, four)
    for size in range(len(whole)):
        equal(answer(whole[:size], asked), None if size < len(asked) else "", size)


class Server:
    """A server of names on a port of its own, and the platform's resolver beside it: `resolved`
    are the hosts for which that was asked.
    """

    def __init__(self, known=True):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        afterwards(self.udp.close)
        self.udp.setblocking(False)
        for port in range(20000, 20100):
            try:
                self.udp.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
                break
            except OSError:
                continue
        self.resolved = []
        self.fails = None  # the host for which the platform finds nothing
        own = dns.PORT, dns.server, dns.socket
        afterwards(lambda: put_back(own))
        dns.PORT = port
        dns.server = lambda: "127.0.0.1" if known else None
        dns.socket = self

    def getaddrinfo(self, host, port):
        if host == self.fails:
            raise OSError(-2)
        if not host.startswith("127."):
            self.resolved.append(host)
            host = "127.0.0.9"
        return socket.getaddrinfo(host, port)

    def __getattr__(self, name):
        return getattr(socket, name)

    def asked(self):
        """The next question, with who asks."""
        for _ in range(2000):
            try:
                return self.udp.recvfrom(512)
            except OSError:
                time.sleep_ms(1)
        raise AssertionError("no question")

    def says(self, *records, **others):
        asked, by = self.asked()
        self.udp.sendto(answering(asked, *records, **others), by)


def put_back(own):
    dns.PORT, dns.server, dns.socket = own


def found(address):
    for _ in range(2000):
        info = address.found()
        if info:
            return info
        time.sleep_ms(1)
    raise AssertionError("nothing found")


def place(host):
    return socket.getaddrinfo(host, 8883)[0][-1]


def ask(host="a.example"):
    address = Address()
    afterwards(address.close)
    address.ask(host, 8883)
    return address


def told():
    """A server of names, and an Address to which it has told one."""
    server = Server()
    address = ask()
    server.says(record(A, b"\x7f\0\0\7"))
    equal(found(address)[-1], place("127.0.0.7"))
    return server, address


def test_a_server_of_names_is_asked_and_nothing_waits_for_it():
    server = Server()
    address = ask()
    equal(address.found(), None)
    server.says(record(A, b"\x7f\0\0\7"))
    equal(found(address)[-1], place("127.0.0.7"))
    equal(address.found()[-1], place("127.0.0.7"))
    equal(server.resolved, [])


def test_what_is_no_answer_to_the_question_changes_nothing():
    server = Server()
    address = ask()
    asked, by = server.asked()
    for text in (b"", b"x", answering(b"ab" + asked[2:], record(A, b"\1\1\1\1"))):
        server.udp.sendto(text, by)
        time.sleep_ms(2)
        equal(address.found(), None)
    server.udp.sendto(answering(asked, record(A, b"\x7f\0\0\7")), by)
    equal(found(address)[-1], place("127.0.0.7"))


def test_a_question_that_is_lost_is_sent_again():
    server = Server()
    address = ask()
    first, _ = server.asked()
    address._sent -= 1_000
    equal(address.found(), None)
    again, _ = server.asked()
    equal(again, first)


def test_the_platform_is_asked_where_it_does_not_wait():
    for host, known, said in (
        ("127.0.0.5", True, False),
        ("a.example", False, False),
        ("a..example", True, False),
        ("2001:db8::1", True, False),
        ("desk.local", True, False),
        ("a.example", True, True),  # the server has no IPv4 address, but answers
    ):
        server = Server(known)
        address = ask(host)
        if said:
            server.says()
        literal = host == "127.0.0.5"
        equal(found(address)[-1], place("127.0.0.5" if literal else "127.0.0.9"), host)
        equal(server.resolved, [] if literal else [host])


def test_the_platform_which_may_wait_is_never_asked_for_what_the_server_does_not_say():
    server = Server()
    address = Address()
    afterwards(address.close)
    for host in ("a.example", "b.example") * 5:  # as redirects lead
        address.ask(host, 8883)
        equal(address.found(), None)
    equal(server.resolved, [])
    server = Server()
    for _ in range(3):
        address = ask()
        server.says(flags=b"\x81\x82")  # it is there, but the internet is not
        equal(raises(OSError, found, address).errno, -2)
    equal(server.resolved, [])


def test_a_server_that_cannot_be_asked_is_asked_again():
    for place_of, socket_error in (("127.0.0.1", True), ("nonsense", False)):
        server = Server()
        dns.server = lambda where=place_of: where
        server.fails = place_of
        if socket_error:
            server.fails = None
            server.socket = no_memory
        address = Address()
        afterwards(address.close)
        for _ in range(3):
            raises(OSError, address.ask, "a.example", 8883)
        dns.server = lambda: "127.0.0.1"
        server.fails = None
        if socket_error:
            del server.socket
        address.ask("a.example", 8883)
        server.says(record(A, b"\x7f\0\0\7"))
        equal(found(address)[-1], place("127.0.0.7"))
        equal(server.resolved, [])


def test_a_server_that_answers_is_asked_for_the_next_host_too():
    server, address = told()
    address.ask("b.example", 8883)
    equal((address.found(), server.resolved), (None, []))


def no_memory(*what):
    raise OSError(12)


def at(address):
    """Where it is, which is known at once."""
    return address.found()[-1]


def silence(server, address):
    address.ask("a.example", 8883)
    for waits in (True, False):
        server.asked()
        equal(address.found(), None)
        address._sent -= 1_000
        equal(address.found() is None, waits)


def failure(server, address):
    address.ask("a.example", 8883)
    server.says(flags=b"\x81\x82")
    found(address)


def no_room(server, address):
    server.socket = no_memory
    address.ask("a.example", 8883)
    del server.socket


def nothing_good(server, address):
    address.ask("a.example", 8883)
    server.says(record(A, b"\x7f\0\0\x08"))
    equal(found(address)[-1], place("127.0.0.8"))
    address.ask("a.example", 8883)


def test_names_are_asked_for_each_connection_and_what_they_say_is_taken():
    server, address = told()
    for last in range(8, 12):
        address.proved()
        address.ask("a.example", 8883)
        server.says(record(A, bytes((127, 0, 0, last))))
        equal(found(address)[-1], place("127.0.0.%d" % last))
        equal(address.named, True)


def test_where_names_are_of_no_use_the_good_address_is_taken_and_they_are_asked_each_second_time():
    for useless in (silence, failure, no_room, nothing_good):
        for serves in (True, False):
            server, address = told()
            address.proved()
            for _ in range(3):
                useless(server, address)
                equal((at(address), address.named), (place("127.0.0.7"), False))
                if serves:
                    address.proved()
                if useless != nothing_good:  # which has done so
                    address.ask("a.example", 8883)
                equal((at(address), address.named), (place("127.0.0.7"), False))
                raises(OSError, server.udp.recvfrom, 512)
                if serves:
                    address.proved()
            equal(server.resolved, [])


def test_the_platform_is_not_asked_while_the_good_address_serves_and_then_each_second_time():
    server = Server(known=False)
    address = ask()
    for _ in range(5):
        equal(at(address), place("127.0.0.9"))
        address.proved()
        address.ask("a.example", 8883)
    equal(server.resolved, ["a.example"])
    for count in range(1, 8):
        address.ask("a.example", 8883)
        equal(len(server.resolved), 1 + (count + 1) // 2)
        equal(at(address), place("127.0.0.9"))
    address.proved()
    server.fails = "a.example"
    for _ in range(4):
        address.ask("a.example", 8883)
        equal((at(address), address.named), (place("127.0.0.9"), False))


def test_while_names_are_silent_a_connection_goes_to_the_address_that_was_good():
    server = Server()
    listener = socket.socket()
    afterwards(listener.close)
    # Connections of the last minute keep its port, but from nobody who says this.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for port in range(20100, 20200):
        try:
            listener.bind(socket.getaddrinfo("127.0.0.1", port)[0][-1])
            listener.listen(1)
            break
        except OSError:
            continue
    stream = Stream("a.example", port)
    afterwards(stream.close)
    stream.open()
    server.says(record(A, b"\x7f\0\0\1"))
    wait_for(stream.connected)
    stream.address.proved()
    stream.open()
    for waits in (True, False):
        server.asked()
        stream.address._sent -= 1_000
        equal((stream.connected(), stream._raw is None), (False, waits))
    wait_for(stream.connected)
    equal(server.resolved, [])


def test_an_address_that_was_good_is_that_of_its_host_and_port_alone():
    server, address = told()
    address.proved()
    for host, port in (("b.example", 8883), ("a.example", 443)):
        address.ask(host, port)
        server.says(record(A, b"\x7f\0\0\x08"))
        equal(found(address)[-1], socket.getaddrinfo("127.0.0.8", port)[0][-1])


def test_a_connection_that_does_not_get_past_dns_says_so():
    server = Server()
    stream = Stream("a.example", 1)
    afterwards(stream.close)
    stream.open()
    equal((stream.connected(), server.resolved), (False, []))
    error = stream.late("no answer")
    equal((error.stage, error.reason), ("dns", "a.example:1: no answer"))
    server.says(record(A, b"\x7f\0\0\1"))
    equal(raises(LinkError, wait_for, stream.connected).stage, "tcp")  # nobody listens there


def test_without_memory_for_dns_the_connection_fails():
    server = Server()
    stream = Stream("a.example", 8883)
    afterwards(stream.close)

    def no_memory(*what):
        raise MemoryError("allocating 512 bytes")

    server.socket = no_memory
    error = raises(LinkError, stream.open)
    equal((error.stage, error.reason[-20:]), ("memory", "allocating 512 bytes"))
    del server.socket
    stream.open()
    equal((stream.connected(), server.resolved), (False, []))


def wait_for(question):
    for _ in range(2000):
        if question():
            return
        time.sleep_ms(1)
    raise AssertionError("never")


def test_the_server_of_names_is_the_networks():
    import sys

    class Network:
        def ipconfig(self, what):
            if what != "dns":
                raise ValueError(what)
            return "192.168.0.1"

    class Down:
        def ipconfig(self, what):
            raise OSError(1)

    equal(dns.server(), None)
    for network, wanted in ((Network(), "192.168.0.1"), (object(), None), (Down(), None)):
        sys.modules["network"] = network
        try:
            equal(dns.server(), wanted)
        finally:
            del sys.modules["network"]
