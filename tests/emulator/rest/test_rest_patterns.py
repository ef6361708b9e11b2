"""Java patterns of the models, in Python."""

import re
import warnings

import pytest
from iotjobs_emulator.rest import load_model
from iotjobs_emulator.rest.patterns import compile_java
from model_texts import examples, known, patterns, raw_model


def test_the_table_of_texts_has_every_pattern_of_the_models_and_no_other():
    assert known() == patterns()
    assert len(known()) >= 49


def test_a_pattern_is_always_on_a_string():
    """Nothing else would be checked against it."""
    for service in ("iot", "iot-jobs-data"):
        shapes = raw_model(service)["shapes"]
        assert {s["type"] for s in shapes.values() if "pattern" in s} == {"string"}


@pytest.mark.parametrize("pattern", sorted(patterns()))
def test_every_pattern_of_the_models_has_its_java_meaning(pattern):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = compile_java.__wrapped__(pattern)
    fits, misfits = examples(pattern)
    assert [text for text in fits if not compiled.fullmatch(text)] == []
    assert [text for text in misfits if compiled.fullmatch(text)] == []
    assert misfits or pattern == r"[\s\S]*"


@pytest.mark.parametrize("service", ["iot", "iot-jobs-data"])
def test_no_pattern_is_lost_between_the_model_and_the_check(service):
    """validation reads a pattern from a Shape's metadata."""
    shapes = raw_model(service)["shapes"]
    service_model = next(iter(load_model(service).operations.values())).service_model
    for name, shape in shapes.items():
        if shape["type"] == "string":
            of_botocore = service_model.shape_for(name).metadata.get("pattern")
            assert of_botocore == shape.get("pattern"), name


NOT_PRINTED = "\0 \x1f \x7f \x9f \u200b \u00ad \ue000 \u0378 \ud800 \U0010ffff"


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        (r"[^\p{C}]+", "aé€😀 ñ", NOT_PRINTED),
        (r"\P{C}+", "aé€😀", "\0 \U0010ffff"),
        (r"[^\p{C}]*", ["", "tab less"], "\t \n"),
        (r"[\p{Upper}\p{Digit}_]+", "A Z 0 9 _ A_1", "a É ٣ -"),
        (r"[\p{Graph}\x20]*", ["", "! ~", "a b"], "\t \x7f é"),
        (r"[^\p{Cntrl}]*", ["", "é", "\x85"], "\0 \x1f \x7f"),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", ["", "é Ⅷ²_.:/=+-@", "\u2003"], "# \n \t"),
        (r"\p{L}\P{L}", "a1 é_", "ab 11"),
        (r"^[.$a-zA-Z0-9_-]+$", "$next a.b", "a\n b/ ["),
        (r"[a-zA-Z0-9_-]+|^\$next", "j1 $next", "$nexts $ j$next"),
        (r"^[^_].*$", ["a", "a_", "é "], "_a a\nb a\u2028b a\rb a\x85b"),
        (r"\S{36,64}", ["x" * 36, "é" * 64], ["x" * 35, "x" * 65, "x" * 35 + " "]),
        (r"[\w.-]+", "a_.-9", "é ٣"),
        (r"[a-zA-Z0-9!_.*'()-\/]+", "a/ (b) -+,", "@ ["),
        (r"[a-zA-Z0-9-_.]+", "a-_.", ": /"),
        (r"([\n\t])|(\r\n)|(,)", ["\n", "\t", "\r\n", ","], ["\r", ";", ",,"]),
        (r"^([1-9]|[12][0-9]|3[01])$|^LAST$", "1 29 31 LAST", "0 32 LAST1"),
        (r"a{2}?b", ["aab"], ["ab"]),
        (r"(?:a|b)c", ["ac", "bc"], ["c"]),
    ],
)
def test_a_pattern_keeps_its_java_meaning(pattern, accepted, refused):
    compiled = compile_java(pattern)
    for text in accepted.split(" ") if isinstance(accepted, str) else accepted:
        assert compiled.fullmatch(text), (pattern, text)
    for text in refused.split(" ") if isinstance(refused, str) else refused:
        assert not compiled.fullmatch(text), (pattern, text)


@pytest.mark.parametrize(
    "pattern",
    [
        "[^\\p{C}]*+", "a?+", "a{2}+", "[a-z&&[^b]]", "[a-z&&b]", "[a[b]]", "(?i)a", "(?=a)",
        "(?<n>a)", r"\p{Lu}", r"\p{IsLatin}", r"\Qa\E", r"a\b", r"a\Z", r"\h", r"(a)\1",
        "a{b", "a**", "(a", "[z-a]", "[]", "a\\",
    ],
)  # fmt: skip
def test_what_is_not_the_same_in_both_languages_is_refused(pattern):
    with pytest.raises(ValueError, match=re.escape(repr(pattern))):
        compile_java(pattern)
