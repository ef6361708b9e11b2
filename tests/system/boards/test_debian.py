"""Packages and sources without installing: which suite serves, what is taken, what stays."""

import os

import environment
import pytest
from commands import write_script
from debian_packages import apt

# What it is asked for ends in a file, and `apt-get update` fails for a suite called "broken".
APT = """
case "$*" in
    indextargets*) printf 'one:|Debian|main\\none:|Debian|main\\ntwo:|Other|main\\n'; exit ;;
    *update)
        list=$(echo "$*" | sed "s/.*sourcelist=\\([^ ]*\\).*/\\1/")
        cp $list {folder}/list
        if grep -q broken $list; then echo "no such suite" >&2; exit 100; fi ;;
    *"source tool") for name in {sources}; do touch $name; done ;;
    *"download tool") touch tool_1_amd64.deb ;;
esac
"""


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Put an apt-get on PATH, whose sources have these files."""

    def serve(*sources):
        body = APT.format(folder=tmp_path, sources=" ".join(sources))
        write_script(tmp_path / "bin" / "apt-get", body)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    return serve


def suite(folder, name="new", **options):
    return apt.suite(folder / "apt", "one:", name, ["amd64"], **options)


def test_what_upstream_released_is_taken_and_not_its_signature(serve, tmp_path):
    serve("tool_1.dsc", "tool_1.orig.tar.xz", "tool_1.orig.tar.xz.asc", "tool_1.debian.tar.xz")
    with suite(tmp_path, sources=True) as packages:
        assert packages.upstream("tool").name == "tool_1.orig.tar.xz"
    assert (tmp_path / "list").read_text().splitlines()[1].endswith("one: new main")
    assert "deb-src" in (tmp_path / "list").read_text()


@pytest.mark.parametrize("sources", [(), ("tool_1.orig.tar.xz", "tool_1.orig.tar.gz")])
def test_sources_that_are_not_one_archive_are_refused_by_name(serve, tmp_path, sources):
    serve(*sources)
    with (
        suite(tmp_path, sources=True) as packages,
        pytest.raises(environment.UnusableError, match="the sources of tool are not one archive"),
    ):
        packages.upstream("tool")


def test_a_package_comes_alone_and_the_lists_do_not_stay(serve, tmp_path):
    serve()
    with suite(tmp_path) as packages:
        assert [path.name for path in packages.alone("tool")] == ["tool_1_amd64.deb"]
    assert not (tmp_path / "apt").exists()
    assert "deb-src" not in (tmp_path / "list").read_text()


def test_a_suite_that_fails_leaves_nothing(serve, tmp_path):
    serve()
    with (
        pytest.raises(environment.UnusableError, match="apt-get failed: no such suite"),
        suite(tmp_path, "broken"),
    ):
        pass
    assert not (tmp_path / "apt").exists()


def test_the_first_suite_that_serves_is_said_and_each_that_did_not(serve):
    serve()
    tried, told = [], []

    def make(mirror, suite):
        tried.append((mirror, suite))
        if suite != "second":
            raise environment.UnusableError("it is closed")

    assert apt.first_that_serves(("first", "second", "third"), make, told.append) == "second"
    assert tried == [("one:", "first"), ("one:", "second")]
    assert told == ["the suite first does not serve: it is closed"]


def test_where_none_serves_all_reasons_are_told(serve):
    serve()
    tried = []

    def make(mirror, suite):
        tried.append((mirror, suite))
        raise environment.UnusableError(f"no {suite}")

    with pytest.raises(environment.UnusableError, match="first: no first\nsecond: no second"):
        apt.first_that_serves(("first", "second"), make, lambda told: None)
    assert tried == [("one:", "first"), ("one:", "second")]  # of Debian's mirror, and once
