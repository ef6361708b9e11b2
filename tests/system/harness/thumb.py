"""ARMv6-M's instructions, as half-words: each kind by its encoding, in which a letter stands for a
bit of an operand. [ARM DDI 0419E, A5.2]
"""

import random

SHIFTS = ("00000iiiiinnnddd", "00001iiiiinnnddd", "00010iiiiinnnddd")
ADDITIONS = ("0001100mmmnnnddd", "0001101mmmnnnddd", "0001110iiinnnddd", "0001111iiinnnddd")
IMMEDIATES = ("00100dddiiiiiiii", "00101nnniiiiiiii", "00110dddiiiiiiii", "00111dddiiiiiiii")
OF_TWO = tuple(f"010000{kind:04b}mmmddd" for kind in range(16))
HIGH = ("01000100dmmmmddd", "01000101nmmmmnnn", "01000110dmmmmddd")
BRANCHES = ("1101cccciiiiiiii", "11100iiiiiiiiiii", "010001110mmmm000", "010001111mmmm000")
LOADS = (
    "01001tttiiiiiiii",
    *(f"0101{kind:03b}mmmnnnttt" for kind in range(3, 8)),
    *(f"{kind}1iiiiinnnttt" for kind in ("0110", "0111", "1000")),
    "10011tttiiiiiiii",
)
STORES = (
    *(f"0101{kind:03b}mmmnnnttt" for kind in range(3)),
    *(f"{kind}0iiiiinnnttt" for kind in ("0110", "0111", "1000")),
    "10010tttiiiiiiii",
)
SEVERAL = ("11000nnnllllllll", "11001nnnllllllll", "1011010lllllllll", "1011110lllllllll")
ADDRESSES = ("10100dddiiiiiiii", "10101dddiiiiiiii", "101100000iiiiiii", "101100001iiiiiii")
EXTENSIONS = tuple(f"10110010{kind:02b}mmmddd" for kind in range(4))
REVERSALS = tuple(f"10111010{kind:02b}mmmddd" for kind in (0, 1, 3))
OTHERS = ("1011011001100010", "1011011001110010", "1011111100000000", "1011111101000000")

# Of 32 bits: two half-words.
BL = ("11110siiiiiiiiii", "11j1kiiiiiiiiiii")
BARRIERS = tuple(("1111001110111111", f"10001111{kind:04b}1111") for kind in (4, 5, 6))
MRS = tuple(("1111001111101111", f"1000dddd{kind:08b}") for kind in (0, 3, 5, 8, 9, 16, 20))
MSR = tuple(("111100111000nnnn", f"10001000{kind:08b}") for kind in (0, 8, 9, 16))

KINDS = (
    *((kind,) for kinds in (SHIFTS, ADDITIONS, IMMEDIATES, OF_TWO, HIGH) for kind in kinds),
    *((kind,) for kinds in (BRANCHES, LOADS, STORES, SEVERAL) for kind in kinds),
    *((kind,) for kinds in (ADDRESSES, EXTENSIONS, REVERSALS, OTHERS) for kind in kinds),
    BL,
    *BARRIERS,
    *MRS,
    *MSR,
)


# What ours leaves to rp2040py: an event, and the special registers but for two.
LEFT = (
    ("1011111101000000",),
    *(kind for kind in MRS if not kind[1].endswith(("00000101", "00010000"))),
    *MSR[:3],
)


def encoded(pattern, fields):
    """The half-word of a pattern, with the numbers of `fields` for its letters."""
    word, left = 0, dict(fields)
    for position, letter in enumerate(reversed(pattern)):
        if letter in "01":
            word |= int(letter) << position
        else:
            word |= (left[letter] & 1) << position
            left[letter] >>= 1
    return word


def _masks(pattern):
    fixed = int("".join(letter if letter in "01" else "0" for letter in pattern), 2)
    return fixed, int("".join("0" if letter in "01" else "1" for letter in pattern), 2)


_MASKS = [[_masks(pattern) for pattern in kind] for kind in KINDS]


def program(length, dice: random.Random):
    """So many half-words, or one more, of any kinds and with any operands."""
    found = []
    while len(found) < length:
        found += [fixed | dice.getrandbits(16) & free for fixed, free in dice.choice(_MASKS)]
    return found
