"""A stand-in for `neopixel`: the colours are told to the host."""

from board_on_unix import chip


class NeoPixel:
    """`n` pixels at `pin`, of `bpp` colours each."""

    ORDER = (1, 0, 2, 3)

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin, self.n, self.bpp = pin, n, bpp
        self.buf = bytearray(n * bpp)

    def __len__(self):
        return self.n

    def __setitem__(self, i, v):
        for colour in range(self.bpp):
            self.buf[i * self.bpp + self.ORDER[colour]] = v[colour]

    def __getitem__(self, i):
        return tuple(self.buf[i * self.bpp + self.ORDER[colour]] for colour in range(self.bpp))

    def fill(self, v):
        for i in range(self.n):
            self[i] = v

    def write(self):
        chip.tell(pixels=self.pin.name, values=[list(self[i]) for i in range(self.n)])
