"""The device's JSON reader and writer agree with CPython's on generated cases: `tools/fuzz`.

The seed is a constant, so that a run repeats the one before; the tool takes any other.
"""

import fuzzing
import pytest

CASES = 20_000
SEED = 1


def test_reader_and_writer_agree_with_cpython(interpreter):
    fuzzer = fuzzing.Fuzzer(interpreter)
    try:
        counts = fuzzer.run(CASES, SEED)
    finally:
        fuzzer.close()
    print(f"all agree: {counts}")
    assert counts.accepted + counts.refused >= CASES
    assert counts.accepted > CASES // 10
    assert counts.refused > CASES // 10
    assert counts.sent > CASES // 100


def test_a_difference_is_found_and_told(interpreter, monkeypatch):
    # The oracle errs: it takes the first of two members with one name, not the last.
    right = fuzzing.fuzz_oracle.json.loads

    def first_wins(text, **settings):
        def pairs(found):
            members = {}
            for name, value in found:
                members.setdefault(name, value)
            return members

        return right(text, **{**settings, "object_pairs_hook": pairs})

    monkeypatch.setattr(fuzzing.fuzz_oracle.json, "loads", first_wins)
    fuzzer = fuzzing.Fuzzer(interpreter)
    try:
        with pytest.raises(fuzzing.DisagreementError):
            fuzzer.run(2000, SEED)
    finally:
        fuzzer.close()
