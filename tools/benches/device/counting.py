"""A socket that counts how often it is written to."""


class Counting:
    def __init__(self, sock):
        self._sock = sock
        self.writes = 0

    def write(self, *arguments):
        self.writes += 1
        return self._sock.write(*arguments)

    def read(self, *arguments):
        return self._sock.read(*arguments)

    def readinto(self, *arguments):
        return self._sock.readinto(*arguments)

    def setblocking(self, flag):
        self._sock.setblocking(flag)

    def close(self):
        self._sock.close()
