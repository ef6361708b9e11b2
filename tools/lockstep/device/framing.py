"""Where messages end in the bytes that a device receives. `begin` on each connection; then
`ends(buf, count)` says how many end within buf[:count], which follows what came before.
"""


class Packets:
    """MQTT's."""

    def begin(self):
        self._length = self._shift = 0
        self._header = True
        self._first = True

    def ends(self, buf, count):
        found = at = 0
        while at < count:
            if not self._header:
                taken = min(self._length, count - at)
                self._length -= taken
                at += taken
            elif self._first:
                self._first = False
                at += 1
                continue
            else:
                self._length |= (buf[at] & 0x7F) << self._shift
                self._shift += 7
                self._header = buf[at] > 0x7F
                at += 1
            if not (self._header or self._length):
                self._shift = 0
                self._header = self._first = True
                found += 1
        return found


class Answers:
    """HTTP's, of which each says how long it is: the emulator's do."""

    def begin(self):
        self._head = b""
        self._left = 0  # of a body

    def ends(self, buf, count):
        found = 0
        data = bytes(memoryview(buf)[:count])
        while data:
            if not self._left:
                self._head += data
                stop = self._head.find(b"\r\n\r\n")
                if stop < 0:
                    break
                data = self._head[stop + 4 :]
                self._left = _body_size(self._head[:stop])
                self._head = b""
            taken = min(self._left, len(data))
            self._left -= taken
            data = data[taken:]
            found += not self._left
        return found


def _body_size(head):
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0
