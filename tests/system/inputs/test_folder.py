"""Which files a folder has, and what of it is refused: nothing is left out without a word."""

import os
import socket

import pytest
from commands import write_files
from iotjobs_inputs import folder


def names(path):
    return [name for name, _ in folder.files(path)[0]]


@pytest.fixture
def app(tmp_path):
    return write_files(tmp_path / "app", {"main.py": "", "lib/a.py": ""})


def refused(app, said):
    with pytest.raises(ValueError, match=said):
        folder.files(app)


def test_files_come_by_name_folder_by_folder(tmp_path):
    write_files(tmp_path, dict.fromkeys(["b", "a/c", "a.py", "a/b/c", "é"], ""))
    assert names(tmp_path) == ["a/b/c", "a/c", "a.py", "b", "é"]


def test_what_is_hidden_is_left_out_and_named(app):
    write_files(app, dict.fromkeys([".git/x", "lib/.DS_Store", "lib/__pycache__/a.pyc"], ""))
    found, left_out = folder.files(app)
    assert [name for name, _ in found] == ["lib/a.py", "main.py"]
    assert left_out == [".git", "lib/.DS_Store", "lib/__pycache__"]


def test_what_is_named_is_left_out_of_the_folder_itself_and_not_of_those_in_it(app):
    write_files(app, dict.fromkeys(["tests/a", "lib/tests/a"], ""))
    (app / "tests" / "x").symlink_to("nowhere")
    found, left_out = folder.files(app, ["tests"])
    assert [name for name, _ in found] == ["lib/a.py", "lib/tests/a", "main.py"]
    assert left_out == ["tests"]


def test_links_are_followed_wherever_they_lead(app, tmp_path):
    shared = write_files(tmp_path / "shared", {"x.py": "x", "deep/y.py": "y"})
    (app / "shared").symlink_to("../shared")
    (app / "lib" / "deep").symlink_to(shared / "deep")
    (app / "z.py").symlink_to("shared/x.py")
    (app / "lib" / "again").symlink_to(app / "shared")  # a link to a link
    found, left_out = folder.files(app)
    assert {name: path.read_text() for name, path in found} == {
        "main.py": "", "lib/a.py": "", "z.py": "x", "lib/deep/y.py": "y",
        "shared/x.py": "x", "shared/deep/y.py": "y",
        "lib/again/x.py": "x", "lib/again/deep/y.py": "y",
    }  # fmt: skip
    assert left_out == []


def test_the_folder_itself_may_be_a_link(app, tmp_path):
    (tmp_path / "link").symlink_to(app)
    assert names(tmp_path / "link") == names(app)


@pytest.mark.parametrize("target", [".", "..", "../lib/..", "../../app"])
def test_a_link_to_a_folder_above_is_refused_by_name(app, target):
    (app / "lib" / "up").symlink_to(target)
    refused(app, r"app/lib/up is a link to a folder in which it lies")


def test_a_circle_of_links_is_refused_by_name(app, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (one / "two").symlink_to(two)
    (two / "one").symlink_to(one)
    (app / "one").symlink_to(one)
    refused(app, r"app/one/two/one is a link to a folder in which it lies")


@pytest.mark.parametrize("target", ["nowhere", "x.py"])
def test_a_link_that_leads_nowhere_is_refused_by_name(app, target):
    (app / "x.py").symlink_to(target)
    refused(app, r"app/x\.py: a link that leads nowhere")


def test_what_is_neither_file_nor_folder_is_refused_by_name(app):
    os.mkfifo(app / "pipe")
    refused(app, "app/pipe is neither a file nor a folder")
    (app / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as there:
        here = os.getcwd()
        os.chdir(app)  # the path of a socket is short
        try:
            there.bind("socket")
        finally:
            os.chdir(here)
        refused(app, "app/socket is neither a file nor a folder")


def test_a_name_that_is_not_utf_8_is_refused(app):
    with open(os.fsencode(app) + b"/\xff.py", "wb"):
        pass
    refused(app, r"app: '\\udcff\.py': the name is not UTF-8")


def test_a_folder_that_cannot_be_read_is_refused_by_name(app, monkeypatch):
    listed = os.listdir

    def listdir(path):
        if path == app / "lib":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "listdir", listdir)
    refused(app, "app/lib: Permission denied")
