"""The tables of single calls: reading, writing, topics."""

from . import messages
from .interpreters import Interpreter, say
from .table import Table

SIZES = (208, 1007, 4096, 7097, 16384, 25297, 30720)
_SHORT_SIZES = (208, 1007)
_OTHERS_SIZE = 1007
_BEST = "Each time is the best of 15 rounds; garbage collection, which json needs, is not in it."


def reading(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """Message.read against json.loads: start-next/accepted by size, then the other nine."""
    sizes = _SHORT_SIZES if short else SIZES
    others = messages.the_others(_OTHERS_SIZE)
    texts = [messages.start_next(size) for size in sizes] + list(others.values())
    by_size = Table(
        "json",
        "Reading start-next/accepted: Message.read and json.loads",
        ["bytes", "bits", "iotjobs µs", "json µs", "times faster", "iotjobs heap", "json heap"],
        notes=[_BEST, "Message.read checks every byte, and notes where the members lie."],
    )
    by_kind = Table(
        "json-others",
        "Reading the other nine messages",
        ["message", *by_size.columns],
    )
    for interpreter in interpreters:
        say(f"json: {len(texts)} messages on {interpreter.bits} bits")
        answers = interpreter.run(
            "reading.py",
            {"messages": [text.decode() for text in texts], "round_ms": _round_ms(short)},
        )
        rows = [
            [
                answer["bytes"],
                interpreter.bits,
                answer["us"],
                answer["stock_us"],
                answer["stock_us"] / answer["us"],
                answer["heap"],
                answer["stock_heap"],
            ]
            for answer in answers
        ]
        by_size.rows += rows[: len(sizes)]
        by_kind.rows += [
            [name, *row] for name, row in zip(others, rows[len(sizes) :], strict=True)
        ]
    return [by_size, by_kind]


def writing(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The four requests against formatting the topic and json.dumps."""
    table = Table(
        "write",
        "Writing a request: topic and JSON",
        [
            "request",
            "bytes",
            "bits",
            "iotjobs µs",
            "json.dumps µs",
            "stock µs",
            "iotjobs heap",
            "stock heap",
        ],
        notes=[
            _BEST,
            "json.dumps: the JSON only, of a dict that is there already. stock: dict, token and "
            "topic made too, as the library does in its time.",
        ],
    )
    for interpreter in interpreters:
        say(f"write: on {interpreter.bits} bits")
        for answer in interpreter.run("writing.py", {"round_ms": _round_ms(short)}):
            table.rows.append(
                [
                    answer["request"],
                    answer["bytes"],
                    interpreter.bits,
                    answer["us"],
                    answer["dumps_us"],
                    answer["stock_us"],
                    answer["heap"],
                    answer["stock_heap"],
                ]
            )
    return [table]


def topics(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """Topics.write and Topics.match against % and split."""
    table = Table(
        "topics",
        "Topics: Topics.write and Topics.match, % and split",
        ["topic", "bits", "iotjobs µs", "stock µs", "times faster", "iotjobs heap", "stock heap"],
        notes=[_BEST, "stock checks nothing of a name; Topics checks each job id."],
    )
    for interpreter in interpreters:
        say(f"topics: on {interpreter.bits} bits")
        for answer in interpreter.run("addressing.py", {"round_ms": _round_ms(short)}):
            table.rows.append(
                [
                    answer["name"],
                    interpreter.bits,
                    answer["us"],
                    answer["stock_us"],
                    answer["stock_us"] / answer["us"],
                    answer["heap"],
                    answer["stock_heap"],
                ]
            )
    return [table]


def _round_ms(short: bool) -> int:
    return 2 if short else 20
