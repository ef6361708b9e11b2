"""Paths that stay inside their folder."""

from iotjobs.files.paths import inside
from iotjobs.outcomes import JobRejected
from support import equal, raises

INSIDE = (
    # folder, name, path
    ("/data", "a", "/data/a"),
    ("/data", "a/b.c/d", "/data/a/b.c/d"),
    ("/data", "/data/a", "/data/a"),
    ("/data/", "/data/a", "/data/a"),
    ("/data", "data/a", "/data/data/a"),
    ("/data", ".a", "/data/.a"),
    ("/data", "..a", "/data/..a"),
    ("/data", "a..b", "/data/a..b"),
    ("/data", "a b", "/data/a b"),
    ("/data", "\u00e4\u20ac", "/data/\u00e4\u20ac"),
    ("/", "a", "/a"),
    ("/", "/a", "/a"),
    ("/data", "a" * 200, "/data/" + "a" * 200),
    ("/data", "\u20ac" * 66 + "ab", "/data/" + "\u20ac" * 66 + "ab"),
    ("/data", "a" * 200 + "/" + "b" * 193, "/data/" + "a" * 200 + "/" + "b" * 193),
)

OUTSIDE = (
    # a part of what is said of each of these names
    ("is a string", None, 5, b"a", ""),
    ("'..' for a name", "..", "../a", "a/..", "a/../b", "a/../../b", "/data/../a"),
    ("'.' for a name", ".", "./a", "a/./b"),
    ("'' for a name", "a//b", "a/", "/data/"),
    ("is not in /data", "//data/a", "/data", "/", "/a", "/database/a", "/Data/a"),
    ("ends in '.'", "a.", "..."),
    ("ends in ' '", "a ", ".. /a"),
    ("has ':'", "c:a"),
    ("has '~'", "APPLIC~1.PY", "a/longfo~1/b", "~"),
    ("has '\\x00'", "a\x00b"),
    ("has '\\n'", "a\nb"),
    ("has '\\x7f'", "a\x7fb"),
    ("has ", "C:\\a", "\\a", "..\\a", "a\x85b"),
    ("more than 200 bytes", "a" * 201, "\u20ac" * 67),
    ("more than 400 bytes", "a" * 200 + "/" + "b" * 194, "a/" * 500 + "a"),
)


def test_a_name_inside_is_a_path():
    for folder, name, path in INSIDE:
        equal(inside(folder, name), path, name)


def test_a_name_that_leaves_the_folder_is_rejected_with_the_reason():
    for why, *cases in OUTSIDE:
        for name in cases:
            error = raises(JobRejected, inside, "/data", name)
            equal(why in error.reason, True, (name, error.reason))
    for name in ("..", "/..", "/../a", "a:b"):
        raises(JobRejected, inside, "/", name)
