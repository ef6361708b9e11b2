"""The settings that tools/deploy is given, and what becomes of those that a board has."""

import json

import pytest
from deploying import provisioned, settings
from iotjobs_wire.errors import DeployError, UsageError
from iotjobs_wire.plan import File
from people_have import BOM


def given(file=None, values=(), from_files=(), asked=()):
    return settings.given(file, values, from_files, asked, lambda name: f"<{name}>")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("key=12345678", {"key": "12345678"}),
        ("n:=3", {"n": 3}),
        ("on:=true", {"on": True}),
        ("gone:=null", {"gone": None}),
        ("a=b=c", {"a": "b=c"}),
        ("empty=", {"empty": ""}),
        ('web:={"port": 80}', {"web": {"port": 80}}),
    ],
)
def test_a_value(value, expected):
    assert given(values=[value]) == expected


@pytest.mark.parametrize("value", ["", "a", "=", "=x", ":=1"])
def test_what_is_no_setting(value):
    with pytest.raises(UsageError, match="not NAME=TEXT"):
        given(values=[value])


@pytest.mark.parametrize("text", ["secret", "NaN", "{", "-Infinity", "[" * 100_000])
def test_what_is_no_json_is_not_shown(text):
    with pytest.raises(DeployError) as caught:
        given(values=[f"x:={text}"])
    assert str(caught.value) == "--set x:=… is no JSON"


def test_a_character_beyond_16_bits_is_written_as_it_is(tmp_path):
    """MicroPython's json reads it so alone."""
    name = "\N{HOUSE BUILDING}"
    expected = b'{"ssid": "%s"}' % name.encode()
    (file,), _ = settings.files({"ssid": name}, Board(b"{}"), False)
    assert file.content == expected
    app = [File(settings.PATH, b'{"ssid": "\\ud83c\\udfe0"}')]
    (file,), _ = provisioned.with_settings(app, {"ssid": name})
    assert file.content == expected


def test_all_ways_in_their_order(tmp_path):
    (tmp_path / "s.json").write_text('{"a": 1, "b": 1, "c": 1, "d": 1}')
    (tmp_path / "c").write_text(" grün \r\n")
    assert given(
        tmp_path / "s.json",
        ["b=2", "c=2", "d=2"],
        [f"c={tmp_path / 'c'}", f"d={tmp_path / 'c'}"],
        ["d"],
    ) == {"a": 1, "b": "2", "c": " grün ", "d": "<d>"}


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_files_are_read_as_editors_write_them(tmp_path, mark, end):
    (tmp_path / "s.json").write_bytes(mark + b'{"a":' + end + b"1}" + end)
    (tmp_path / "c").write_bytes(mark + b"secret" + end)
    found = given(tmp_path / "s.json", from_files=[f"c={tmp_path / 'c'}"])
    assert found == {"a": 1, "c": "secret"}


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff", b"3", "{}".encode("utf-16")])
def test_files_that_are_refused(tmp_path, content):
    (tmp_path / "s.json").write_bytes(content)
    with pytest.raises(DeployError, match=r"--settings: .*s\.json"):
        given(tmp_path / "s.json")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DeployError, match=r"--set-from key: .*No such file"):
        given(from_files=[f"key={tmp_path / 'x'}"])


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": [1]}, {"a": [2, None]}, {"a": [2, None]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}}, {"a": {"c": 2, "d": 3}}),
        ({"a": 1}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({"a": 1}, {}, {"a": 1}),
    ],
)
def test_merged_as_rfc_7386_has_it(target, patch, expected):
    before = repr(target)
    assert settings.merged(target, patch) == expected
    assert repr(target) == before


class Board:
    """A Remote with a file of settings."""

    def __init__(self, content):
        self.content = content

    def sizes(self, paths):
        assert paths == [settings.PATH]
        return [len(self.content)]

    def read(self, path, most):
        assert path == settings.PATH
        return self.content[:most]


@pytest.mark.parametrize(
    ("patch", "replace", "written", "changed"),
    [
        ({"b": 3, "a": 1}, False, {"a": 1, "b": 3}, ["b"]),
        ({"b": 3}, True, {"b": 3}, ["b"]),
        ({"a": 1}, False, None, []),
        ({}, True, None, []),
    ],
)
def test_what_becomes_of_those_on_the_board(patch, replace, written, changed):
    files, names = settings.files(patch, Board(b'{"a": 1, "b": 2}'), replace)
    assert names == changed
    assert [json.loads(file.content) for file in files] == ([written] if written else [])


@pytest.mark.parametrize(
    ("there", "written"),
    [
        (BOM + b'{"a": 1, "b": 2}', b'{"a": 1, "b": 2}'),
        (b'{"a": 1, "b": "\\ud83c\\udfe0"}', '{"a": 1, "b": "\N{HOUSE BUILDING}"}'.encode()),
        (b'{"a": 1, "b": "\\u00e9 \\ud83c"}', None),
    ],
    ids=["a mark", "halves of a character", "neither"],
)
def test_settings_that_the_board_cannot_read_are_written_anew(there, written):
    files, changed = settings.files({"a": 1}, Board(there), False)
    assert [file.content for file in files] == ([written] if written else [])
    assert changed == []


def test_settings_in_utf_16_are_refused():
    with pytest.raises(DeployError, match="--replace-settings"):
        settings.files({"a": 1}, Board('{"a": 1}'.encode("utf-16")), False)
