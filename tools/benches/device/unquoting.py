"""A job document that came as a JSON string becomes its own text: unquote, scan.unescape, json.

Its settings: `documents`, texts; `round_ms`. The first two work in a buffer, into which the string
is read again for each call; json.loads makes another string of it.
"""

import io
import json
import sys

from iotjobs.codec import scan
from iotjobs.codec.unquote import unquote
from timing import compare

settings = json.load(sys.stdin)


def case(text):
    string = json.dumps(text)
    size = len(string)
    came = io.BytesIO(string.encode())
    buf = bytearray(size)

    def receive():
        came.seek(0)
        came.readinto(buf)

    def viper():
        receive()
        unquote(buf, 0, size)

    def plain():
        receive()
        at = scan.unescape(buf, 1, size - 1, buf, 0)
        while at < size:
            buf[at] = 0x20
            at += 1

    def stock():
        json.loads(string)

    for function in (viper, plain):
        function()
        if buf.decode().rstrip() != text:
            raise ValueError(buf)
    functions = {"iotjobs": viper, "plain": plain, "stock": stock}
    return {"bytes": len(text), "string": size}, functions


compare(settings["round_ms"], [case(text) for text in settings["documents"]])
