"""The tables of single calls: reading, unquoting, writing, topics."""

from typing import Any

from . import messages
from .interpreters import Interpreter, say
from .table import Table

SIZES = (208, 1007, 4096, 7097, 16384, 25297, 30720)
_OTHERS_SIZES = (208, 1024, 4096, 16384, 30720)
_FIELDS_SIZES = (208, 1007, 7097, 25297)
_SHORT_SIZES = (208, 1007)
_DOCUMENT_SIZES = (4096, 32768)
_BEST = (
    "Each time is the best of 15 rounds, which go round all that is measured; garbage collection, "
    "which json needs, is not in it."
)
_EMULATED = "On ARM, which qemu emulates, times compare with each other only."


def reading(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """Message.read against json.loads: start-next/accepted by size, the other nine by size, and
    what a device then takes of a message.
    """
    tables = [_by_size(interpreters, short), _others(interpreters, short)]
    return [*tables, _five_fields(interpreters, short)]


def _by_size(interpreters: list[Interpreter], short: bool) -> Table:
    table = Table(
        "json",
        "Reading start-next/accepted: Message.read and json.loads",
        ["bytes", "machine", "iotjobs µs", "json µs", "times faster", "iotjobs heap", "json heap"],
        notes=[*_notes(interpreters), "Message.read checks every byte, and locates the members."],
    )
    texts = [messages.start_next(size) for size in (_SHORT_SIZES if short else SIZES)]
    named = [("start-next/accepted", text.decode()) for text in texts]
    for interpreter in interpreters:
        say(f"json: start-next/accepted on {interpreter.machine}")
        for answer in interpreter.run("reading.py", _settings(short, messages=named)):
            table.rows.append([answer["bytes"], interpreter.machine, *_compared(answer)])
    return table


def _others(interpreters: list[Interpreter], short: bool) -> Table:
    table = Table(
        "json-others",
        "Reading the other nine messages",
        ["message", "bytes"],
        notes=[
            "x: times faster than json.loads of the same message; iotjobs heap: on any machine."
        ],
    )
    sizes = _OTHERS_SIZES[:1] if short else _OTHERS_SIZES
    named = [(name, text.decode()) for name, text in messages.the_others(sizes)]
    table.rows = [[name, len(text)] for name, text in named]
    heap = [0] * len(named)
    for interpreter in interpreters:
        say(f"json: {len(named)} other messages on {interpreter.machine}")
        table.columns += [f"{interpreter.machine} µs", f"{interpreter.machine} x"]
        answers = interpreter.run("reading.py", _settings(short, messages=named))
        for at, (row, answer) in enumerate(zip(table.rows, answers, strict=True)):
            us, _, ratio, taken, _ = _compared(answer)
            row += [us, ratio]
            heap[at] = max(heap[at], taken)
    table.columns.append("iotjobs heap")
    for row, taken in zip(table.rows, heap, strict=True):
        row.append(taken)
    return table


def _five_fields(interpreters: list[Interpreter], short: bool) -> Table:
    table = Table(
        "json-fields",
        "Reading start-next/accepted and taking five fields",
        ["bytes", "machine", "iotjobs µs", "json µs", "times faster", "iotjobs heap", "json heap"],
        notes=[
            "status, jobId, versionNumber, executionNumber and the document's operation. iotjobs "
            "leaves the document where it came, and reads it again for a path. json.loads makes "
            "all of it.",
        ],
    )
    sizes = _SHORT_SIZES if short else _FIELDS_SIZES
    texts = [messages.start_next(size).decode() for size in sizes]
    for interpreter in interpreters:
        say(f"json: five fields on {interpreter.machine}")
        for answer in interpreter.run("taking.py", _settings(short, messages=texts)):
            table.rows.append([answer["bytes"], interpreter.machine, *_compared(answer)])
    return table


def unquoting(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """A document that came as a string: unquote against scan.unescape and json.loads."""
    table = Table(
        "unquote",
        "A job document that came as a JSON string becomes its text",
        [
            "bytes",
            "as a string",
            "machine",
            "iotjobs µs",
            "unescape µs",
            "json µs",
            "unescape / iotjobs",
            "json / iotjobs",
            "iotjobs heap",
            "unescape heap",
            "json heap",
        ],
        notes=[
            *_notes(interpreters),
            "iotjobs: unquote, in viper, where the string lies. unescape: the same by the loop of "
            "scan.unescape, which is bytecode, as on a board without an emitter. Both times have "
            "in them that the string comes into the buffer. json: json.loads of the string, whose "
            "text is another object, and is to be parsed then.",
        ],
    )
    sizes = _DOCUMENT_SIZES[:1] if short else _DOCUMENT_SIZES
    texts = [messages.encoded(messages.document(size)).decode() for size in sizes]
    for interpreter in interpreters:
        say(f"unquote: on {interpreter.machine}")
        for answer in interpreter.run("unquoting.py", _settings(short, documents=texts)):
            us, stock_us, ratio, heap, stock_heap = _compared(answer)
            plain_us = answer["us"]["plain"]
            row = [answer["bytes"], answer["string"], interpreter.machine, us, plain_us, stock_us]
            row += [plain_us / us, ratio, heap, answer["heap"]["plain"], stock_heap]
            table.rows.append(row)
    return [table]


def writing(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """The four requests against formatting the topic and json.dumps."""
    table = Table(
        "write",
        "Writing a request: topic and JSON",
        [
            "request",
            "bytes",
            "machine",
            "iotjobs µs",
            "dumps µs",
            "stock µs",
            "dumps / iotjobs",
            "stock / iotjobs",
            "iotjobs heap",
            "stock heap",
        ],
        notes=[
            *_notes(interpreters),
            "iotjobs: the whole request, which is topic, checks against the service's limits, "
            "token and JSON, in one buffer.",
            "dumps: the JSON only, by json.dumps of a dict that is there already, token included.",
            "stock: the whole request as a user writes it, unchecked: topic by %, token by %, "
            "dict, json.dumps.",
        ],
    )
    for interpreter in interpreters:
        say(f"write: on {interpreter.machine}")
        for answer in interpreter.run("writing.py", _settings(short)):
            us, stock_us, ratio, *heaps = _compared(answer)
            dumps_us = answer["us"]["dumps"]
            row = [answer["request"], answer["bytes"], interpreter.machine, us, dumps_us, stock_us]
            row += [dumps_us / us, ratio, *heaps]
            table.rows.append(row)
    return [table]


def topics(interpreters: list[Interpreter], short: bool) -> list[Table]:
    """Topics.write and Topics.match against % and split."""
    table = Table(
        "topics",
        "Topics: Topics.write and Topics.match, % and split",
        [
            "topic",
            "machine",
            "iotjobs µs",
            "stock µs",
            "times faster",
            "iotjobs heap",
            "stock heap",
        ],
        notes=[
            *_notes(interpreters),
            "stock makes the same topic by %. It finds the same operation, verdict and job id by "
            "startswith and split. It checks none of it; Topics checks each job id.",
        ],
    )
    for interpreter in interpreters:
        say(f"topics: on {interpreter.machine}")
        for answer in interpreter.run("addressing.py", _settings(short)):
            table.rows.append([answer["name"], interpreter.machine, *_compared(answer)])
    return [table]


def _compared(answer: dict[str, Any]) -> list[Any]:
    """µs and those of stock, times faster, heap and that of stock."""
    us, heap = answer["us"], answer["heap"]
    ratio = us["stock"] / us["iotjobs"]
    return [us["iotjobs"], us["stock"], ratio, heap["iotjobs"], heap["stock"]]


def _settings(short: bool, **rest: Any) -> dict[str, Any]:
    return {"round_ms": 2 if short else 20, **rest}


def _notes(interpreters: list[Interpreter]) -> list[str]:
    emulated = any(interpreter.emulated for interpreter in interpreters)
    return [_BEST, _EMULATED] if emulated else [_BEST]
