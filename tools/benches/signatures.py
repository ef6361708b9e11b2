"""The table of ECDSA: how long a signature takes."""

from .interpreters import Interpreter, say
from .table import Table

# RFC 6979, A.2.5: the key, and its signature of "sample".
SIGNED = {
    "key": "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    "digest": "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
    "signature": "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
}


def verify(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """ecdsa.verify and ecdsa.public_key; there is nothing in a firmware to compare them with."""
    table = Table(
        "verify",
        "ECDSA P-256: a signature, and a key when it is registered",
        ["call", "machine", "ms", "longest step ms", "heap in all"],
        notes=[
            "ms: the best of 15; longest step: between two yields of ecdsa.verifying, in which "
            "the agent polls. Garbage collection is in neither.",
            "heap in all: what it allocates from beginning to end. A few KiB of it are in use at "
            "a time; the rest is garbage at once, and is collected when the heap is full.",
        ],
    )
    if any(interpreter.emulated for interpreter in interpreters):
        table.notes.append("On ARM, which qemu emulates, times compare with each other only.")
    for interpreter in interpreters:
        say(f"verify: on {interpreter.machine}")
        settings = {"round_ms": 2 if short else 20, **SIGNED}
        for answer in interpreter.run("verifying.py", settings):
            row = [answer["call"], interpreter.machine, answer["us"] / 1000]
            table.rows.append([*row, answer["step"] / 1000, answer["heap"]])
    return [table]
