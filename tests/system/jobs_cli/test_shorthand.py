"""The shorthand that `tools/jobs` reads is the one that `aws` reads: random texts, and both their
parsers."""

import json
import os
import random
import subprocess

import environment
from waiting import LIMIT_S

CASES = 20_000
PIECES = (
    *"abk0.#/:-_@=,\\'\"[]{} \t\n!%&(|~^<>?\x01\x1c\x7fé€\xa0\u2003\uffff\U0001f600",
    *("=", ",", "a=", ",b=", "='", '="', "\\,", "\\'", '\\"', "=[", "={", "],", "},", " , "),
)
# Both read a text of JSON from each line, and print what it stands for, or null.
READ_BY_AWS = """
import json, sys
from awscli.shorthand import ShorthandParseError, ShorthandParser
for line in sys.stdin:
    try:
        print(json.dumps(ShorthandParser().parse(json.loads(line)[0])))
    except ShorthandParseError:
        print(None)
"""
READ_BY_US = """
import sys
import ordered, shorthand
for line in sys.stdin:
    try:
        print(ordered.dumps(shorthand.parse(ordered.loads(line)[0])).replace("\\n", ""))
    except shorthand.ShorthandError as error:
        print(None)
"""


def text(draw):
    pieces = draw.choices(PIECES, k=draw.randint(0, 12))
    return "".join(["a="] * draw.randint(0, 1) + pieces)


def printed(*command, lines, **variables):
    done = subprocess.run(
        command,
        input=lines,
        env={**os.environ, **variables},
        capture_output=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stderr.decode()
    found = done.stdout.decode().splitlines()
    assert len(found) == CASES
    return [None if line == "None" else json.loads(line) for line in found]


def test_random_texts_are_read_as_aws_reads_them(aws_command, interpreter):
    draw = random.Random(6)
    texts = [text(draw) for _ in range(CASES)]
    lines = "".join(json.dumps([t]) + "\n" for t in texts).encode()
    aws = printed(aws_command.with_name("python"), "-c", READ_BY_AWS, lines=lines)
    folders = (environment.TOOLS / "jobs_cli", environment.TOOLS)
    path = environment.micropython_path(*folders)["MICROPYPATH"]
    ours = printed(
        interpreter, "-X", "heapsize=64m", "-c", READ_BY_US, lines=lines, MICROPYPATH=path
    )
    for t, theirs, own in zip(texts, aws, ours, strict=True):
        assert own == theirs, repr(t)
    assert sum(found is not None for found in aws) > CASES / 10
