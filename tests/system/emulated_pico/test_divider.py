"""The divider and the spin locks, which both cores of a chip use: there is one of each."""

import itertools

import pytest
import thumb
from cores import cores as cores

CODE, STACK = 0x20002000, 0x20004000
DIVIDER, LOCKS = 0xD0000060, 0xD0000100
UDIVIDEND, UDIVISOR, SDIVIDEND, SDIVISOR, QUOTIENT, REMAINDER, CSR = range(7)  # words from there
EDGES = (0, 1, 2, 7, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFF9, 0xFFFFFFFF)
WORDS, HALVES = ("01100iiiiinnnttt", "01101iiiiinnnttt"), ("10000iiiiinnnttt", "10001iiiiinnnttt")


def store(register, word, patterns=WORDS):
    return access(patterns[0], register, word, patterns)


def load(register, word, patterns=WORDS):
    return access(patterns[1], register, word, patterns)


def access(pattern, register, word, patterns):
    scale = 1 if patterns is WORDS else 2
    return thumb.encoded(pattern, {"i": word * scale, "n": 0, "t": register})


READS = [load(3, CSR), load(4, REMAINDER), load(5, QUOTIENT), load(6, CSR)]
# Of half-words only rp2040py's core reads registers.
READS_OF_HALVES = [load(5, QUOTIENT, HALVES), load(6, CSR, HALVES), load(4, REMAINDER, HALVES)]


def same(cores, code, registers):
    """Whether a program does the same on both."""
    cores.begin([*registers, *range(len(registers), 13), STACK, 0x301], code, address=CODE)
    return all(cores.step() is None for _ in code)


@pytest.mark.parametrize("reads", [READS, READS_OF_HALVES], ids=["words", "halves"])
@pytest.mark.parametrize("dividend", [UDIVIDEND, SDIVIDEND])
@pytest.mark.parametrize("divisor", [UDIVISOR, SDIVISOR])
def test_every_quotient_and_what_is_left_of_it(cores, dividend, divisor, reads):
    for one, other in itertools.product(EDGES, EDGES):
        assert same(cores, [store(1, dividend), store(2, divisor), *reads], [DIVIDER, one, other])
        assert same(cores, [store(2, divisor), *reads, store(1, dividend)], [DIVIDER, one, other])


def test_results_that_are_put_back(cores):
    code = [store(1, QUOTIENT), load(6, CSR), load(3, QUOTIENT), load(6, CSR)]
    assert same(cores, [*code, store(2, REMAINDER), *READS], [DIVIDER, 12, 34])


def test_a_lock_is_taken_once_and_by_whoever_asks_first(cores):
    code = [load(1, 3), load(2, 3), load(3, 3, HALVES), load(4, 31), store(1, 3), load(5, 3)]
    assert same(cores, [*code, load(6, 3, HALVES), store(1, 3), store(1, 31)], [LOCKS, 0, 0])
