"""ECDSA: public_key, verify, and the longest that verifying takes between two yields.

Its settings: `key`, `digest` and `signature`, hexadecimal; `round_ms`.
"""

import gc
import json
import sys
import time
from binascii import unhexlify

from iotjobs.updates import ecdsa
from timing import heap_bytes, microseconds

settings = json.load(sys.stdin)
data, digest, signature = [unhexlify(settings[name]) for name in ("key", "digest", "signature")]
key = ecdsa.public_key(data)
if not ecdsa.verify(key, digest, signature) or ecdsa.verify(key, digest, signature[:-1]):
    raise ValueError("it does not verify")


def longest():
    """The longest step in µs, of the best of some runs: the machine does something else too."""
    best = None
    for _ in range(5):
        gc.collect()
        gc.disable()
        most = 0
        started = time.ticks_us()
        for _ in ecdsa.verifying(key, digest, signature):
            now = time.ticks_us()
            most = max(most, time.ticks_diff(now, started))
            started = now
        gc.enable()
        best = most if best is None else min(best, most)
    return best


functions = (
    ("verify", lambda: ecdsa.verify(key, digest, signature)),
    ("public_key", lambda: ecdsa.public_key(data)),
)
times = microseconds(settings["round_ms"], [function for _, function in functions])
for (name, function), us in zip(functions, times):
    answer = {"call": name, "us": us, "heap": heap_bytes(function)}
    answer["step"] = longest() if name == "verify" else us
    print(json.dumps(answer))
