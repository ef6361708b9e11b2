"""Verifies a signature by an ECDSA key on P-256, and says how long that takes."""

import json
import time
from binascii import unhexlify

from iotjobs.updates import ecdsa

with open("/signature.json") as file:
    given = json.load(file)
key = ecdsa.public_key(unhexlify(given["key"]))
digest, signature = unhexlify(given["digest"]), unhexlify(given["signature"])
began = time.ticks_ms()
is_right = ecdsa.verify(key, digest, signature)
print("verified", is_right, time.ticks_diff(time.ticks_ms(), began), "ms")
