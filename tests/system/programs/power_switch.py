"""Switches a board of repl_board.py on or off: power_switch.py PORT STATE."""

import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as switch:
    switch.sendall(sys.argv[2].encode())
    switch.recv(16)
