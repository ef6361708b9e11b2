"""The device's JSON against CPython's: texts, and requests, that are the same at every run; and a
fuzzer that finds what is wrong.
"""

import contextlib
import functools
import re
import shutil

import environment
import pytest
from forked_tools import run
from fuzzing import comparing, oracle, strategies

CASES = 20_000
SAMPLE = 1_000  # of every kind of text some dozens


drawn_anew = comparing._drawn


@pytest.fixture(autouse=True, scope="module")
def drawn_once():
    """Draw the same cases once for all of these tests: it takes longer than to compare them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparing, "_drawn", functools.cache(drawn_anew))
        yield


@pytest.fixture
def fuzzer(interpreter):
    with contextlib.closing(comparing.Fuzzer(interpreter)) as started:
        yield started


def test_every_verdict_and_every_value_is_that_of_cpython(fuzzer, exhaustive, record_property):
    cases = CASES if exhaustive else SAMPLE
    counts = fuzzer.run(cases)
    record_property("told", str(counts))
    assert "plain" in fuzzer.twins
    assert counts.cases == cases
    assert counts.accepted > cases // 5
    assert counts.refused > cases // 2
    assert counts.values > 20 * counts.accepted
    assert counts.sent > cases // 40
    assert counts.unsent > cases // 100


def test_a_seed_says_which_cases_come():
    def drawn(seed):
        return drawn_anew(seed, 0, comparing._documents, 5)

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize(
    ("case", "position"),
    [
        (b"", 0),
        (b"\xef\xbb\xbf1", 0),
        ('{"é":x}'.encode(), 6),
        (b'"\xff"', 0),
        (b'["a",\xff]', 5),
        (b"1\xff", 1),
        (b"NaN", 0),
        (b"[-Infinity]", 0),
        (b'"\\ud800"', 0),
        (b'{"a":"\\udc00","a":1}', 0),
        (b"[" * 33 + b"]" * 33, 0),
        (b'{"a":' * 33 + b"1" + b"}" * 33, 0),
        (b"[" * 100_000, 0),
        (b"1\x002\x00", 1),
    ],
)
def test_what_cpython_lets_pass_is_refused(case, position):
    with pytest.raises(oracle.RefusedError) as refused:
        oracle.parse(case)
    assert refused.value.position == position


def test_32_levels_and_pairs_are_accepted():
    assert oracle.parse(b"[" * 32 + b"]" * 32)
    assert oracle.parse(b'"\\ud83d\\ude00"') == "😀"


def test_values_of_another_type_differ():
    for got, wanted in ((1, True), (1, 1.0), (0.0, -0.0), ("1", 1), ([], {}), (None, False)):
        assert not oracle.same(got, wanted)
    assert not oracle.same(["\ud83d\ude00"], ["😀"])


@pytest.fixture
def breaking(tmp_path, monkeypatch, interpreter):
    """breaking(file, line, other): a fuzzer, for `with`, of a copy of the library in which one
    line is another one.
    """

    def breaking(file, line, other):
        shutil.copytree(environment.LIB / "iotjobs", tmp_path / "iotjobs")
        source = (tmp_path / "iotjobs" / file).read_text()
        assert source.count(line) == 1
        (tmp_path / "iotjobs" / file).write_text(source.replace(line, other))
        monkeypatch.setattr(environment.interpreter, "LIB", tmp_path)
        return contextlib.closing(comparing.Fuzzer(interpreter))

    return breaking


def test_a_wrong_value_is_found_and_made_small(interpreter, breaking):
    line = "if c < 0x30 or c > 0x39:"  # without its end 1e0 is 630
    with (
        breaking("codec/reader.py", line, "if c < 0x30:") as fuzzer,
        pytest.raises(comparing.DisagreementError) as found,
    ):
        fuzzer.run(CASES)
    assert re.search(r"b'\S{0,12}\d[eE]\d", str(found.value))
    assert len(found.value.replay) < 60
    with pytest.raises(comparing.DisagreementError):
        comparing.replay(interpreter, found.value.replay)


def test_a_wrong_request_is_found(breaking):
    line = "_MAX_TIMEOUT = const(10_080)"
    request = ("start_next_pending_job_execution", {"step_timeout_in_minutes": 10_081})
    with (
        breaking("client.py", line, "_MAX_TIMEOUT = const(10_081)") as fuzzer,
        pytest.raises(comparing.DisagreementError, match="not refused"),
    ):
        fuzzer.compare_writing((True, 256, [request]))


def test_an_interpreter_that_ends_is_a_finding(breaking):
    line = "    for step in path:\n"
    with (
        breaking("codec/reader.py", line, "    raise SystemExit\n" + line) as fuzzer,
        pytest.raises(comparing.DisagreementError, match="ended by itself"),
    ):
        fuzzer.compare_readings([(b"{", b""), (b"1", b""), (b"]", b"")])


def test_the_names_of_the_table_are_met(fuzzer):
    members = b",".join(b'"%s":{"a":1}' % name for name in (b"execution", b"\\u0061", b"ab"))
    fuzzer.compare_readings([(b"{" + members + b"}", tail) for tail in strategies.TAILS])
    assert fuzzer.counts.accepted == len(strategies.TAILS)


def test_to_compare_nothing_is_no_success():
    for cases in ("0", "-1"):
        done = run("fuzz", "--cases", cases)
        assert (done.returncode, done.stdout) == (2, "")
        assert "nothing is compared" in done.stderr


def test_the_command_says_what_it_compared():
    done = run("fuzz", "--cases", "200", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert "seed 3" in done.stdout
    assert "all agree: 200 texts" in done.stdout
