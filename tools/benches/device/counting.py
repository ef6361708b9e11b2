"""How often something is written to."""


class Counting:
    """A socket that counts it."""

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


class Writes:
    """Counts the writes of a link's Stream, over all its connections, that took something."""

    def __init__(self, stream):
        self.writes = 0
        write = stream.write

        def counted(buf, start, end):
            at = write(buf, start, end)
            self.writes += at > start
            return at

        stream.write = counted
