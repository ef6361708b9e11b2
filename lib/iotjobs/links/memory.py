"""What memory is left for a connection: loaded when one has failed for want of it."""

import gc

from micropython import const

_LONGEST = const(1 << 17)  # bytes, of the first try
_SHORTEST = const(256)


def left():
    """It, as a str: "67120 bytes free, 2048 in one piece". Of ESP-IDF's heap on an ESP32, which
    TLS takes its buffers from, and of Python's elsewhere. Finds the longest piece by trying, up to
    256 KiB, and each try collects the garbage: a third of a second on an RP2040.
    """
    gc.collect()
    try:
        from esp32 import HEAP_DATA, idf_heap_info
    except ImportError:
        free = gc.mem_free()
        piece = 0
        step = _LONGEST
        while step >= _SHORTEST:
            try:
                bytearray(piece + step)
                piece += step
            except MemoryError:
                pass
            step >>= 1
    else:
        free = piece = 0
        for heap in idf_heap_info(HEAP_DATA):
            free += heap[1]
            piece = max(piece, heap[2])
    return "%d bytes free, %d in one piece" % (free, piece)
