"""What tools/deploy finds to do, by what is to be on the board and what is there."""

import hashlib

import pytest
from iotjobs_wire import plan
from iotjobs_wire.errors import DeployError
from iotjobs_wire.plan import File, Plan

LIB = "/lib/iotjobs"


class Files:
    """A board's files, as Remote has them."""

    def __init__(self, files, folders=()):
        self.files = files
        self.folders = folders
        self.compared = []

    def below(self, folder):
        there = [(path, False, len(self.files[path])) for path in self.files]
        there += [(path, True, 0) for path in self.folders]
        return [entry for entry in there if entry[0].startswith(folder.rstrip("/") + "/")]

    def sizes(self, paths):
        return [len(self.files[path]) if path in self.files else None for path in paths]

    def digests(self, paths):
        self.compared += paths
        return [hashlib.sha256(self.files[path]).hexdigest() for path in paths]


def made(wanted, there, owned=LIB, folders=()):
    files = [File(path, content) for path, content in wanted.items()]
    return plan.make(files, owned, Files(there, folders), lambda done, of: None)


def paths(files):
    return [file.path for file in files]


def test_what_differs_is_written_in_the_order_given():
    wanted = {f"{LIB}/b": b"1", f"{LIB}/a": b"2", f"{LIB}/c": b"3", "/main.py": b"4"}
    there = {f"{LIB}/a": b"2", f"{LIB}/b": b"x", "/main.py": b"longer"}
    todo = made(wanted, there)
    assert paths(todo.write) == [f"{LIB}/b", f"{LIB}/c", "/main.py"]
    assert paths(todo.same) == [f"{LIB}/a"]
    assert todo.replaced == {f"{LIB}/b": 1, "/main.py": 6}
    assert todo.size() == 3
    assert not todo.remove


def test_what_has_another_size_is_not_hashed():
    board = Files({"/a": b"12", "/b": b"1"})
    plan.make([File("/a", b"1"), File("/b", b"2")], "", board, lambda done, of: None)
    assert board.compared == ["/b"]


def test_the_whole_file_system_may_be_owned():
    there = {"/old": b"", "/lib/a": b"1", "/lib/b/c": b"2"}
    folders = ("/lib", "/lib/b", "/data")
    todo = made({"/lib/b/c": b"2"}, there, "/", folders)
    assert todo.remove == [("/old", False), ("/lib/a", False), ("/data", True)]
    assert not todo.write


def test_only_the_owned_folder_is_cleared():
    there = {f"{LIB}/old": b"123", "/lib/other": b"", "/lib/iotjobs2/x": b"", f"{LIB}/d/x": b"1"}
    todo = made({f"{LIB}/a": b""}, there, folders=[f"{LIB}/d"])
    assert todo.remove == [(f"{LIB}/old", False), (f"{LIB}/d/x", False), (f"{LIB}/d", True)]
    assert todo.freed == [3, 1, 0]
    assert not made({"/a": b""}, there, owned="").remove


def test_folders_that_are_needed_stay():
    todo = made({f"{LIB}/d/a": b""}, {}, folders=[f"{LIB}/d"])
    assert not todo.remove
    assert todo.folders == 0
    assert made({f"{LIB}/d/a": b""}, {}).folders == 1


def test_a_folder_in_place_of_a_file_is_removed():
    todo = made({f"{LIB}/a": b""}, {f"{LIB}/a/x": b""}, folders=[f"{LIB}/a"])
    assert todo.remove == [(f"{LIB}/a/x", False), (f"{LIB}/a", True)]


def test_what_was_interrupted_is_removed():
    todo = made({"/a": b"1", f"{LIB}/b": b""}, {"/a.new": b"", "/c.new": b"", f"{LIB}/b.new": b""})
    assert sorted(todo.remove) == [("/a.new", False), (f"{LIB}/b.new", False)]


def room(write, free, **rest):
    todo = Plan(write=[File(str(n), bytes(size)) for n, size in enumerate(write)], **rest)
    plan.check_room(todo, 4096, free)


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({"write": []}, 0),
        ({"write": [1]}, 5),
        ({"write": [0]}, 5),
        ({"write": [4088]}, 5),
        ({"write": [4089]}, 6),
        ({"write": [1, 1], "folders": 1}, 8),
        ({"write": [1, 1], "freed": [5000]}, 4),
        # The old one is freed when the new one is there.
        ({"write": [9000, 9000], "replaced": {"0": 9000, "1": 9000}}, 7),
    ],
)
def test_room(given, needed):
    room(**given, free=needed)
    if needed:
        with pytest.raises(DeployError, match="too full"):
            room(**given, free=needed - 1)


def test_what_fails_for_want_of_room_says_how_much():
    why = "10,000 bytes in 1 files need 28,672 bytes of it, 8,192 are free"
    with pytest.raises(DeployError, match=why):
        room([10_000], 2)


@pytest.mark.parametrize(
    ("paths", "why"),
    [
        ({"a": "/x", "b": "/x"}, "/x would come from a and from b"),
        ({"a": "/x", "b": "/x/y/z"}, "/x would be a file from a and a folder from b"),
        ({"b": "/x/y/z", "a": "/x"}, "/x would be a file from a and a folder from b"),
        (
            {"a": "/x.new", "b": "/x"},
            "/x from b is written as /x.new first, which would be a file from a: give one",
        ),
        (
            {"a": "/d/x.new/y/z", "b": "/d/x"},
            "/d/x from b is written as /d/x.new first, which would be a folder from a: give one",
        ),
        (
            {"b": "/d/x", "a": "/d/x.new/y"},
            "/d/x from b is written as /d/x.new first, which would be a folder from a: give one",
        ),
    ],
)
def test_what_would_come_from_two_places_is_refused(paths, why):
    with pytest.raises(DeployError, match=why):
        plan.one_of_each(*((origin, [File(path, b"")]) for origin, path in paths.items()))


def test_the_order_stays():
    groups = [("a", [File("/b", b""), File("/a/c", b"")]), ("b", [File("/a/a", b"")])]
    assert paths(plan.one_of_each(*groups)) == ["/b", "/a/c", "/a/a"]


def test_content_is_not_shown():
    assert "secret" not in repr(File("/key.der", b"secret"))
