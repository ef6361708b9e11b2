"""Buses to which nothing is connected: what is written goes nowhere, and nothing answers."""

import errno

from .pins import IS_ESP32

# What a board says where no device acknowledges its address.
_NOBODY = errno.ENODEV if IS_ESP32 else errno.EIO


class I2C:
    """`scan` finds nothing, and each transfer fails as one without a device does."""

    def __init__(self, id=-1, *, scl=None, sda=None, freq=400_000, timeout=50_000):
        pass

    def init(self, *, scl=None, sda=None, freq=400_000):
        pass

    def deinit(self):
        pass

    def scan(self):
        return []

    def readfrom(self, addr, nbytes, stop=True):
        raise OSError(_NOBODY)

    def readfrom_into(self, addr, buf, stop=True):
        raise OSError(_NOBODY)

    def writeto(self, addr, buf, stop=True):
        raise OSError(_NOBODY)

    def writevto(self, addr, vector, stop=True):
        raise OSError(_NOBODY)

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        raise OSError(_NOBODY)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        raise OSError(_NOBODY)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        raise OSError(_NOBODY)


class SPI:
    """It reads zeros."""

    MSB, LSB = 0, 1
    CONTROLLER = 0

    def __init__(self, id=-1, baudrate=1_000_000, **settings):
        pass

    def init(self, baudrate=1_000_000, **settings):
        pass

    def deinit(self):
        pass

    def read(self, nbytes, write=0):
        return bytes(nbytes)

    def readinto(self, buf, write=0):
        buf[:] = bytes(len(buf))

    def write(self, buf):
        pass

    def write_readinto(self, write_buf, read_buf):
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        self.readinto(read_buf)


class UART:
    """Nothing ever comes."""

    RTS, CTS, INV_TX, INV_RX = 1, 2, 1, 2

    def __init__(self, id, baudrate=115_200, **settings):
        pass

    def init(self, baudrate=115_200, **settings):
        pass

    def deinit(self):
        pass

    def any(self):
        return 0

    def read(self, nbytes=None):
        return None

    def readline(self):
        return None

    def readinto(self, buf, nbytes=None):
        return None

    def write(self, buf):
        return len(buf)

    def flush(self):
        pass

    def txdone(self):
        return True

    def sendbreak(self):
        pass


SoftI2C, SoftSPI = I2C, SPI
