"""Each kind of instruction, with operands at the edges, and programs of any: after each one, our
core has the registers, flags, memory and time that rp2040py's has.
"""

import itertools
import random

import pytest
import thumb
from cores import cores as cores

EDGES = (0, 1, 2, 31, 32, 33, 64, 255, 256, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
RAM, RAM_END, FLASH, FLASH_END = 0x20000000, 0x20042000, 0x10000000, 0x11000000
ROM_END, USB, SIO, TIMER = 0x4000, 0x50100000, 0xD0000000, 0x40054000
INSIDE = (
    *(
        start + offset
        for start in (RAM + 0x8000, FLASH, 0x100, USB + 0x200)
        for offset in range(4)
    ),
    *(SIO + offset for offset in (0, 1, 2, 0x5C, *range(0x60, 0x7C, 4), 0x100, 0x17C, 0x180)),
    TIMER + 0x24,
    TIMER + 0x28,
    USB + 0x90,  # a write there has a packet sent
)
ENDS = (RAM_END, FLASH_END, ROM_END, USB + 0x1000)
# None across an end: rp2040py reads there whatever is behind its memory.
ADDRESSES = (*INSIDE, *(end - offset for end in ENDS for offset in (0, 4, 8)))
LISTS = (0, 1, 2, 0x55, 0x80, 0xFF, 0x100, 0x101, 0x1FF)
STACK = RAM + 0x4000
CODE = RAM + 0x2000
STEPS, ALL_STEPS = 20_000, 1_000_000


def fields(pattern):
    """The operands with which an encoding is tried: numbers for its letters."""
    letters = dict.fromkeys(letter for letter in pattern if letter not in "01")
    three = "t" in letters or {"n", "d"} <= set(letters)
    values = {
        "d": (0,) if three else (1,),
        "n": (1,),
        "m": (2, 1),
        "t": (0, 1),
        "c": range(14),
        "l": LISTS,
    }
    if pattern.count("m") == 4:
        values |= dict.fromkeys("dnm", (1, 2, 8, 13, 14, 15))
    for letter in letters:
        top = (1 << pattern.count(letter)) - 1
        values.setdefault(letter, sorted({0, 1, 2, top // 2, top // 2 + 1, top - 1, top}))
    for chosen in itertools.product(*(values[letter] for letter in letters)):
        yield dict(zip(letters, chosen, strict=True))


def operands(kind):
    """Pairs of numbers for R1 and R2."""
    if kind[0] in (*thumb.LOADS[1:], *thumb.STORES, *thumb.SEVERAL):
        return [(address, 4) for address in ADDRESSES]
    if "n" not in kind[0] and "m" not in kind[0] and "d" not in kind[0]:
        return [(CODE + 64, RAM + 0x100)]
    if "i" in kind[0] or kind[0] in (*thumb.HIGH, *thumb.BRANCHES):
        return [(value, CODE + 65) for value in EDGES]
    return list(itertools.product(EDGES, EDGES))


def differences(cores, code, one, other):
    """What differs after an instruction with these operands, whatever the flags before it."""
    registers = [0x12345678, one, other, *range(3, 13), STACK, RAM + 0x301]
    for flags in (0b0000, 0b0010, 0b1101, 0b1111):
        cores.begin(registers, code, flags, masked=flags == 0, address=CODE)
        difference = cores.step()
        if difference:
            yield [f"{word:04x}" for word in code], hex(one), hex(other), flags, difference


def name(kind):
    return "-".join(kind)


@pytest.mark.parametrize("kind", thumb.KINDS, ids=name)
def test_an_instruction_does_what_rp2040pys_core_does(cores, kind):
    before, tried = cores.in_c, cores.steps
    for given in itertools.product(*map(fields, kind)):
        code = [
            thumb.encoded(pattern, letters) for pattern, letters in zip(kind, given, strict=True)
        ]
        for one, other in operands(kind):
            assert list(differences(cores, code, one, other)) == []
    assert not cores.memory_differs()
    assert cores.steps > tried
    assert (cores.in_c > before) == (kind not in thumb.LEFT)


def any_register(dice):
    """What is in a register of a random program: often an address."""
    chance = dice.random()
    if chance < 0.45:
        return RAM + 0x8000 + 4 * dice.randrange(0x4000)
    if chance < 0.6:
        return dice.randrange(300)
    if chance < 0.75:
        return dice.choice(INSIDE)
    return dice.choice(EDGES) if chance < 0.9 else dice.getrandbits(32)


def test_programs_of_any_instructions_do_what_they_do_on_rp2040pys_core(cores, exhaustive):
    dice = random.Random(random.random())
    begun, ours = cores.steps, cores.in_c
    wanted = ALL_STEPS if exhaustive else STEPS
    while cores.steps - begun < wanted:
        code = thumb.program(30, dice)
        registers = [any_register(dice) for _ in range(13)]
        registers += [STACK + 4 * dice.randrange(64), dice.getrandbits(32)]
        seen = f"{registers} {code}"
        cores.begin(registers, code, dice.getrandbits(4), dice.random() < 0.5, CODE)
        for _ in range(24):
            difference = cores.step()
            assert difference is None, seen
            if not 0 <= cores.place() - CODE < 2 * len(code) or cores.waits():
                break
        assert not cores.memory_differs(), seen
    assert cores.in_c - ours > 0.7 * wanted
