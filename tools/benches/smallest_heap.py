"""The smallest heap in which a device finishes a job over mutual TLS, found by bisection."""

from .interpreters import BenchError, Interpreter, say
from .job_bench import LINKS, MOST_KIB, job_bench
from .table import Table

SIZES_KIB = (4, 30)
JOB = "job_device"
PROGRAMS = {"one of its own": JOB, "and all of the library's": "whole_device"}


def heap(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The smallest heap by handlers and document, and what it holds on the way."""
    smallest = Table(
        "heap",
        "The smallest heap that finishes a job over mutual TLS, everything loaded from .mpy",
        ["handlers", "document KiB", "over", "machine", "heap KiB"],
    )
    held = Table(
        "heap-held",
        "What the heap holds after each step, with a document of 4 KiB, in bytes",
        ["after", "over", "machine", "held", "more than before"],
    )
    for interpreter in interpreters:
        machine = interpreter.machine
        with job_bench(interpreter) as bench:
            for shown, program in PROGRAMS.items():
                whole = program != JOB
                for size in SIZES_KIB[:1] if short or whole else SIZES_KIB:
                    for over in LINKS[:1] if short and whole else LINKS:
                        say(f"heap: {shown} and {size} KiB of document over {over} on {machine}")
                        found = bench.smallest(over, size, program, step_kib=4 if short else 1)
                        smallest.rows.append([shown, size, over, machine, found])
            for over in LINKS:
                steps = bench.run(over, SIZES_KIB[0], MOST_KIB, "held_device")
                if steps is None:
                    raise BenchError(bench.failure)
                before = 0
                for step in steps:
                    more = step["held"] - before
                    held.rows.append([step["at"], over, machine, step["held"], more])
                    before = step["held"]
        tls = next(row[-1] for row in held.rows if row[:3] == ["the connection", "MQTT", machine])
        smallest.notes.append(
            f"{machine}: connecting over TLS takes {tls:,} bytes of this heap; "
            + (
                "mbedtls has its buffers there."
                if tls > 16_384
                else "mbedtls allocates from C's heap. Where it uses MicroPython's, as on a "
                "Pico W, about 28 kB come on top."
            )
        )
    smallest.notes += [
        "The receive buffer is the document's size and 384 bytes; over HTTPS, where the document "
        "is a string, that string's and 384 bytes.",
        "The device with a handler of its own sets gc.threshold(1024) before its imports, so that "
        "what lives stays together. The one with all of them does not.",
        "Native code is mapped outside of the heap on the unix port; on a board it takes heap "
        "unless it is frozen.",
    ]
    return [smallest, held]
