"""Make the tables by which the scanner reads JSON, a block of lib/iotjobs/codec/viper.py.

KINDS says of each byte what it can be: a part of a plain string, of a name, the beginning of a
value. LEXEMES is an automaton for what is inside a lexeme: a string's escapes and UTF-8, a number,
a literal. Its states and moves are below, in words. In the table a state is a row of pairs (up to
and with this byte, next state), ended by the byte 255. A state's number is where its row begins.
`tools/grammar --check` says whether the block is up to date; after a change, run tools/twin too.

Example: tools/grammar
"""

import string

import environment

from . import writing

TARGET = environment.LIB / "iotjobs" / "codec" / "viper.py"
FIRST = "# Made by tools/grammar, which explains it, not by hand: what each byte can be, ..\n"
LAST = "# End of what tools/grammar makes.\n"

# What a byte can be; the values from VALUE to COLON are also what the scanner wants next.
PLAIN, SPACE, VALUE, MEMBER, NAME, COMMA, CLOSE, COLON = (1 << bit for bit in range(8))

KINDS = {
    # In a string, and no more than itself there: no quote, no backslash, no UTF-8, no control (127
    # is one, though JSON takes it).
    PLAIN: bytes(set(range(0x20, 0x7F)) - set(b'"\\')),
    SPACE: b" \t\r\n",
    VALUE: b'"{[-0123456789tfn',
    # Begins a member. Only the quote does. The others have the bit because it stands for what can
    # be in a text besides the plain ones. They are found wrong where they are looked at.
    MEMBER: b'"\\' + bytes(range(0x80, 0x100)),
    # Of a job id; a colon comes on top for the names of things and of status details.
    NAME: (string.ascii_letters + string.digits + "-_").encode(),
    COMMA: b",",
    CLOSE: b"]}",
    COLON: b":",
}

# States from here on are no rows, but ends. The lexeme ended with this byte, or before it, or it
# says which error it is (see REASONS in scan.py).
DONE = 240
ENDS = {
    "done": DONE,
    "before": DONE + 1,
    "unexpected": DONE + 2,
    "bad escape": DONE + 3,
    "bad number": DONE + 4,
    "control": DONE + 5,
    "not UTF-8": DONE + 6,
    "half a pair": DONE + 9,
}

HEX = "0-9A-Fa-f"
NO_D = "0-9A-CE-Fa-ce-f"

# State: its moves, by bytes (Latin-1, a-b is a range), and what every other byte leads to.
STATES = {
    "string": (
        {
            '"': "done",
            "\\": "escape",
            "\x7f": "string",
            "\x00-\x1f": "control",
            "\xc2-\xdf": "1 more",
            "\xe0": "after E0",
            "\xe1-\xec\xee-\xef": "2 more",
            "\xed": "after ED",
            "\xf0": "after F0",
            "\xf1-\xf3": "3 more",
            "\xf4": "after F4",
            "\x80-\xc1\xf5-\xff": "not UTF-8",
        },
        # The plain ones are passed over before the table is asked; a space stands for the end.
        "unexpected",
    ),
    # Unicode, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
    "1 more": ({"\x80-\xbf": "string"}, "not UTF-8"),
    "2 more": ({"\x80-\xbf": "1 more"}, "not UTF-8"),
    "3 more": ({"\x80-\xbf": "2 more"}, "not UTF-8"),
    "after E0": ({"\xa0-\xbf": "1 more"}, "not UTF-8"),
    "after ED": ({"\x80-\x9f": "1 more"}, "not UTF-8"),
    "after F0": ({"\x90-\xbf": "2 more"}, "not UTF-8"),
    "after F4": ({"\x80-\x8f": "2 more"}, "not UTF-8"),
    "escape": ({'"/bfnrt\\': "string", "u": "4 digits"}, "bad escape"),
    "4 digits": ({NO_D: "3 digits", "Dd": "after D"}, "bad escape"),
    "3 digits": ({HEX: "2 digits"}, "bad escape"),
    "2 digits": ({HEX: "1 digit"}, "bad escape"),
    "1 digit": ({HEX: "string"}, "bad escape"),
    # D800 to DBFF is the first half of a pair, and DC00 to DFFF must be the second. A half alone
    # is no character, and no str of MicroPython can hold it.
    "after D": ({"0-7": "2 digits", "89ABab": "2 of half", "C-Fc-f": "half a pair"}, "bad escape"),
    "2 of half": ({HEX: "1 of half"}, "bad escape"),
    "1 of half": ({HEX: "half"}, "bad escape"),
    "half": ({"\\": "half, \\"}, "half a pair"),
    "half, \\": ({"u": "half, \\u"}, "half a pair"),
    "half, \\u": ({"Dd": "half, \\uD", NO_D: "half a pair"}, "bad escape"),
    "half, \\uD": ({"C-Fc-f": "2 digits", "0-9ABab": "half a pair"}, "bad escape"),
    "value": (
        {"-": "minus", "0": "zero", "1-9": "digits", "t": "rue", "f": "alse", "n": "ull"},
        "unexpected",
    ),
    "minus": ({"0": "zero", "1-9": "digits"}, "bad number"),
    "zero": ({".": "point", "Ee": "exponent"}, "before"),
    "digits": ({"0-9": "digits", ".": "point", "Ee": "exponent"}, "before"),
    "point": ({"0-9": "fraction"}, "bad number"),
    "fraction": ({"0-9": "fraction", "Ee": "exponent"}, "before"),
    "exponent": ({"0-9": "power", "+\\-": "sign"}, "bad number"),
    "sign": ({"0-9": "power"}, "bad number"),
    "power": ({"0-9": "power"}, "before"),
}
for _word in ("rue", "alse", "ull"):
    while _word:
        STATES[_word] = ({_word[0]: _word[1:] or "done"}, "unexpected")
        _word = _word[1:]


def characters(text: str) -> list[int]:
    """The bytes that a key of a state's moves names; a backslash before - takes it literally."""
    found = []
    at = 0
    while at < len(text):
        if text.startswith("\\-", at):
            found.append(ord("-"))
            at += 2
        elif at + 2 < len(text) and text[at + 1] == "-":
            found += range(ord(text[at]), ord(text[at + 2]) + 1)
            at += 3
        else:
            found.append(ord(text[at]))
            at += 1
    return found


def row(state: str) -> list[tuple[int, str]]:
    """The row of a state: for each run of bytes with the same next state its last byte, and it."""
    moves, otherwise = STATES[state]
    following = [otherwise] * 256
    for text, target in moves.items():
        for byte in characters(text):
            following[byte] = target
    return [
        (byte, following[byte])
        for byte in range(256)
        if byte == 255 or following[byte] != following[byte + 1]
    ]


def tables() -> tuple[bytes, bytes, int]:
    """KINDS, LEXEMES, and the number of the state "value"; that of "string" is 0."""
    kinds = bytes(
        sum(kind for kind, members in KINDS.items() if byte in members) for byte in range(256)
    )
    numbers = dict(ENDS)
    at = 0
    for state in STATES:
        numbers[state] = at
        at += len(row(state))
    if at > DONE:
        raise ValueError(f"{at} pairs: a state's number has one byte, and is below {DONE}")
    lexemes = bytes(
        part for state in STATES for byte, to in row(state) for part in (byte, numbers[to])
    )
    return kinds, lexemes, numbers["value"]


def literal(data: bytes) -> str:
    """Python source of a bytes constant, in lines of the usual width."""
    lines = [
        '    b"' + "".join(f"\\x{byte:02x}" for byte in data[at : at + 22]) + '"\n'
        for at in range(0, len(data), 22)
    ]
    return "(\n" + "".join(lines) + ")\n"


def block() -> str:
    """The text between FIRST and LAST."""
    kinds, lexemes, value = tables()
    return (
        f"KINDS = {literal(kinds)}"
        "# .. and the states of what is inside a lexeme.\n"
        f"_LEXEMES = const{literal(lexemes)}"
        f"_STRING = const(0)\n_VALUE_STATE = const({value})\n_DONE = const({DONE})\n"
    )


def main() -> int:
    head, rest = TARGET.read_text().split(FIRST)
    wanted = head + FIRST + block() + LAST + rest.split(LAST)[1]
    outdated = "has other tables than tools/grammar makes: run it"
    return writing.run("grammar", __doc__, TARGET, wanted, outdated)
