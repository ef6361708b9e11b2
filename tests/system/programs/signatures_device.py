"""Verifies signatures on MicroPython: lines of JSON, [key, digest, signature] in hexadecimal, come
in; for each a line goes out, "True", "False", or what was raised.
"""

import json
import sys
from binascii import unhexlify

from iotjobs.updates import ecdsa

known = None
for line in sys.stdin:
    text, digest, signature = json.loads(line)
    try:
        if text != known:
            key = ecdsa.public_key(unhexlify(text))
            known = text
        print(ecdsa.verify(key, unhexlify(digest), unhexlify(signature)))
    except Exception as error:
        known = None
        print(type(error).__name__)
