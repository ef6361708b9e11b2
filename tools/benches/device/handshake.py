"""The table `sleep`: a connection with its TLS handshake, on which nothing is said.

It has the arguments of job_device, and tells the version of TLS.
"""

import socket
import sys
import time

import job_device

_QUIET_MS = 300  # for what the server sends on its own: session tickets


def run():
    link = job_device.connect(*sys.argv[1:])
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", link.sock.port)[0][-1])
    # Waits for the handshake's end: before it, cipher() crashes.
    sock = link.sock.context.wrap_socket(sock, server_hostname=link.sock.host)
    sock.setblocking(False)
    buf = bytearray(16)
    started = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), started) < _QUIET_MS:
        sock.readinto(buf)
        time.sleep_ms(1)
    print('{"tls":"%s"}' % sock.cipher()[1])
    sock.close()


run()
