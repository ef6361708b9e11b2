"""What is behind the access point of an emulated Pico W: every name is at one address, and its
ports are ports of this machine. It can go away, and come back.
"""

import asyncio
import struct
import time

from rp2040py.external.cyw43 import nat, net

ADDRESS = bytes((203, 0, 113, 80))  # of every name: an address for documentation [RFC 5737]
NAME_SERVERS = bytes((203, 0, 113, 1)) + bytes((203, 0, 113, 2))  # as many networks have two
_DNS, _DHCP, _NTP = 53, 67, 123
_TO_CLIENT = 68
_EVERYBODY = b"\xff" * 4
_NTP_EPOCH = 2_208_988_800  # s, from 1900 to 1970
_ANSWERS = {net.DHCP_MSG_DISCOVER: net.DHCP_MSG_OFFER, net.DHCP_MSG_REQUEST: net.DHCP_MSG_ACK}


class Internet:
    """Takes the place of rp2040py's NatBridge. `queue` takes the frames for the board; `ports` are
    this machine's, by those of ADDRESS: all others refuse.
    """

    def __init__(self, rp2040, queue, ports):
        self._queue = queue
        self._ports = ports
        self._arp = nat.ArpResponder()
        self._tcp = nat.TcpReflector(rp2040, self._deliver, connect_fn=self._connect)
        self._held = None  # frames for the board that wait, while the internet is away

    def be_away(self):
        """Nothing comes through any more, and nothing is refused."""
        if self._held is None:
            self._held = []

    def be_back(self):
        """What was on its way to the board arrives; what it sent is lost."""
        held, self._held = self._held or [], None
        for frame in held:
            self._queue(frame)

    def reset(self):
        """The board has left the access point."""
        self._tcp.reset()
        if self._held:
            self._held = []

    def handle_outbound_ethernet_frame(self, frame):
        eth = net.parse_ethernet(frame)
        if eth is None:
            return
        if eth.ethertype == net.ETHERTYPE_ARP:
            reply = self._arp.maybe_handle(eth)
            if reply:
                self._queue(reply)
        ip = net.parse_ipv4(eth.payload) if eth.ethertype == net.ETHERTYPE_IPV4 else None
        udp = net.parse_udp(ip.payload) if ip and ip.proto == net.IP_PROTO_UDP else None
        if udp and udp.dst_port == _DHCP:
            self._lease(udp)
        elif ip is None or self._held is not None:
            return
        elif udp and udp.dst_port in (_DNS, _NTP):
            answer = (_at_address if udp.dst_port == _DNS else _what_time_it_is)(udp.payload)
            back = net.pack_udp(ip.dst_ip, ip.src_ip, udp.dst_port, udp.src_port, answer)
            self._send(eth.src_mac, ip.dst_ip, ip.src_ip, back)
        elif ip.proto == net.IP_PROTO_TCP:
            self._tcp.maybe_handle(eth, ip)

    def _deliver(self, frame):
        (self._queue if self._held is None else self._held.append)(frame)

    def _send(self, mac, source, target, datagram):
        packet = net.pack_ipv4(source, target, net.IP_PROTO_UDP, datagram)
        self._queue(net.pack_ethernet(mac, nat.GATEWAY_MAC, net.ETHERTYPE_IPV4, packet))

    def _lease(self, udp):
        asked = net.parse_dhcp(udp.payload)
        kind = asked and _ANSWERS.get(int.from_bytes(asked.options.get(53, b""), "big"))
        if not kind:
            return
        options = {
            53: bytes([kind]),
            1: nat.SUBNET_MASK,
            3: nat.GATEWAY_IP,
            6: NAME_SERVERS,
            51: (86_400).to_bytes(4, "big"),
            54: nat.GATEWAY_IP,
        }
        lease = net.pack_dhcp(net.DHCP_OP_REPLY, asked.xid, asked.chaddr, nat.GUEST_IP, options)
        datagram = net.pack_udp(nat.GATEWAY_IP, _EVERYBODY, _DHCP, _TO_CLIENT, lease)
        self._send(b"\xff" * 6, nat.GATEWAY_IP, _EVERYBODY, datagram)

    async def _connect(self, host, port):
        if host != ".".join(map(str, ADDRESS)) or port not in self._ports:
            raise ConnectionRefusedError
        return await asyncio.open_connection("127.0.0.1", self._ports[port])


def _at_address(question):
    """An answer by DNS [RFC 1035, 4.1]: the name that is asked for is at ADDRESS."""
    head = question[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0)
    return head + question[12:] + struct.pack(">3HIH", 0xC00C, 1, 1, 60, 4) + ADDRESS


def _what_time_it_is(_question):
    """An answer by NTP [RFC 5905, 7.3], of which devices read the time at which it left."""
    return b"\x24" + bytes(39) + struct.pack(">II", int(time.time()) + _NTP_EPOCH, 0)
