"""Interrupts, SVC and their ends, step by step on both cores: rp2040py's has the exceptions, ours
must stop where one may begin or end.
"""

import pytest
import thumb
from cores import cores as cores

CODE, HANDLER, STACK = 0x20002000, 0x20003000, 0x20004000
VECTORS = 0x20001000
TIMER_0 = 1  # the interrupt's bit
CPSIE, CPSID, NOP, SVC, BX_LR, PUSH, POP = 0xB662, 0xB672, 0xBF00, 0xDF00, 0x4770, 0xB510, 0xBD10
UNMASK = [thumb.encoded(half, {"n": 1}) for half in thumb.MSR[3]]  # MSR PRIMASK, R1
IPSR = [thumb.encoded(half, {"d": 2}) for half in thumb.MRS[2]]
PRIMASK = [thumb.encoded(half, {"d": 3}) for half in thumb.MRS[5]]

ENDS = {
    "bx": [*IPSR, *PRIMASK, BX_LR],
    "pop": [PUSH, *IPSR, POP],
    "flags": [0x2400, 0x4280, BX_LR],
}
BEGINS = {
    "cpsie": [NOP, CPSIE, NOP, NOP],
    "msr": [NOP, *UNMASK, NOP, NOP],
    "masked-again": [CPSID, NOP, CPSIE, CPSID, NOP],
    "svc": [CPSIE, SVC, NOP],
    "not-enabled": [CPSIE, *PRIMASK, NOP],
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("begin", BEGINS)
@pytest.mark.parametrize("masked", [True, False])
def test_an_exception_begins_and_ends_at_the_same_instruction(cores, begin, end, masked):
    registers = [5, 0, 0, 0, 4, *range(5, 13), STACK, 0x20000301]
    pending = 0 if begin == "svc" else TIMER_0
    cores.put(HANDLER, ENDS[end])
    cores.begin(registers, BEGINS[begin] + [NOP] * 8, 0b0110, masked, CODE)
    cores.interrupt(pending, 0 if begin == "not-enabled" else TIMER_0, VECTORS, HANDLER)
    seen = set()
    for _ in range(14):
        assert cores.step() is None
        seen.add(cores.exception())
        if cores.exception() == 16:
            cores.interrupt(0, TIMER_0, VECTORS, HANDLER)  # its handler has seen to it
    wanted = {"svc": {0, 11}, "not-enabled": {0}}.get(begin, {0, 16})
    assert seen == wanted
    assert not cores.memory_differs()
