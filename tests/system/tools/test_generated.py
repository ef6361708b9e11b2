"""What decides which cases hypothesis generates: the seed alone."""

import importlib.util
import sys
import types

import hypothesis
from fuzzing.generated import SETTINGS
from hypothesis import strategies as st
from hypothesis.internal.conjecture import data


def cases(strategy, seed=7):
    """The cases that come with this seed."""
    found = []

    @hypothesis.seed(seed)
    @SETTINGS
    @hypothesis.given(strategy)
    def take(case):
        found.append(case)

    take()
    return found


def test_another_seed_brings_other_cases():
    texts = st.text()
    assert cases(texts, 1) == cases(texts, 1) != cases(texts, 2)


def test_it_does_not_matter_which_modules_are_loaded(tmp_path, monkeypatch):
    texts = st.text()
    before = cases(texts)
    path = tmp_path / "full_of_constants.py"
    # Before all that other modules have, in the order in which one is taken.
    path.write_text(f"NAMES = {[f'!{number}' for number in range(1000)]}\n")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, path.stem, module)
    assert cases(texts) == before


def test_a_machine_that_takes_a_minute_for_each_case_is_no_failure(monkeypatch):
    now = 0

    def take_a_minute(case):
        nonlocal now
        now += 60
        return case

    monkeypatch.setattr(data, "time", types.SimpleNamespace(perf_counter=lambda: now))
    assert len(cases(st.integers().map(take_a_minute))) == SETTINGS.max_examples
    assert now >= 60 * SETTINGS.max_examples
