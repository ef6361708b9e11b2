"""The interpreters for other machines: how they are found, fetched, and missed."""

import os
import platform
import sys

import environment
import pytest
from commands import output, write_script
from debian_packages import micropythons
from debian_packages.micropythons import ARM, I386, KINDS
from forked_tools import run

INSTALLED_EMULATOR = micropythons._installed_emulator

# It answers what the tools ask of an interpreter before they take it.
PROGRAM = """
case "$2" in *"import tls"*) echo 1 26 1 ;; *) echo True ;; esac
"""
APT = """
echo "$@" >> {folder}/asked
case "$*" in
    indextargets*) echo "mirror:|Debian|main"; exit ;;
    *update) grep -q " {suite} " $(echo "$*" | sed "s/.*sourcelist=\\([^ ]*\\).*/\\1/") && exit
        echo "no network" >&2; exit 100 ;;
esac
cache=$(echo "$*" | sed "s/.*Dir::Cache=\\([^ ]*\\).*/\\1/")
touch $cache/archives/micropython_1.deb
case "$*" in *qemu-user*) touch $cache/archives/qemu-user_1.deb ;; esac
"""
DPKG = """
if [ $1 = --fsys-tarfile ]; then
    exec tar --create --directory {folder}/emulators ./usr/bin
fi
mkdir -p $3/usr/bin $3/usr/lib/{kind.libraries}
cp {folder}/program $3/usr/bin/micropython
cp {folder}/loader $3/usr/lib/{kind.libraries}/{kind.loader}
"""


@pytest.fixture(params=KINDS, ids=[kind.name for kind in KINDS])
def kind(request, tmp_path, monkeypatch):
    """A kind, none of which is there yet: in an empty folder, on x86-64 without qemu."""
    monkeypatch.delenv(request.param.variable, raising=False)
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(micropythons, "_installed_emulator", lambda kind: None)
    return request.param


@pytest.fixture
def serve(kind, tmp_path, monkeypatch):
    """Put an apt-get on PATH to which only one suite answers, and the dpkg that goes with it."""

    def serve(suite):
        write_script(tmp_path / "bin" / "apt-get", APT.format(folder=tmp_path, suite=suite))
        write_script(tmp_path / "bin" / "dpkg", DPKG.format(folder=tmp_path, kind=kind))
        write_script(tmp_path / "program", PROGRAM)
        write_script(tmp_path / "loader", 'shift 2\nexec "$@"')
        for name in ("qemu-arm", "qemu-mips"):
            write_script(tmp_path / "emulators" / "usr" / "bin" / name, 'exec "$@"')
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    return serve


def missed(kind, complaint):
    with pytest.raises(environment.UnusableError, match=complaint):
        micropythons.path(kind)


def test_one_that_is_named_but_not_there_is_told(kind, monkeypatch):
    monkeypatch.setenv(kind.variable, "/no/such/micropython")
    missed(kind, f"no MicroPython at /no/such/micropython: {kind.variable} names the path")


def test_one_for_another_machine_is_refused(kind, monkeypatch):
    monkeypatch.setenv(kind.variable, environment.micropython())
    missed(kind, f"is no {kind.name} MicroPython")


def test_where_none_is_wanted_nothing_is_fetched(kind, serve, tmp_path, monkeypatch):
    serve("forky")
    monkeypatch.setenv(kind.variable, "none")
    missed(kind, f"{kind.variable} is none")
    assert not (tmp_path / "asked").exists()


def test_a_machine_without_apt_is_told_so(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    without = f"no {kind.name} MicroPython without x86-64 Linux and apt"
    missed(kind, f"{without}: {kind.variable} names")


def test_a_fetch_that_fails_names_each_suite_and_is_begun_again(kind, serve, tmp_path):
    serve("no suite")
    for _ in range(2):
        with pytest.raises(environment.UnusableError) as caught:
            micropythons.path(kind)
        for suite in kind.suites:
            assert f"{suite}: apt-get failed: no network" in str(caught.value)
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == 2 * (1 + len(kind.suites))


def test_the_first_suite_that_serves_is_taken_and_the_interpreter_kept(
    kind, serve, tmp_path, capsys
):
    serve(kind.suites[-1])
    path = micropythons.path(kind)
    assert path == str(tmp_path / kind.folder / "micropython")
    assert f"the suite {kind.suites[-1]} had it" in capsys.readouterr().err
    assert output([path, "-c", "0"]) == "True\n"
    asked = (tmp_path / "asked").read_text()
    assert f"APT::Architecture={kind.architecture}" in asked
    assert ("qemu-user:amd64" in asked) == (kind is ARM)
    # Of all that qemu brings, one program is kept.
    emulators = sorted(file.name for file in (tmp_path / kind.folder).glob("root/usr/bin/qemu-*"))
    assert emulators == (["qemu-arm"] if kind is ARM else [])
    assert micropythons.path(kind) == path
    assert (tmp_path / "asked").read_text() == asked


@pytest.mark.parametrize("kind", [ARM], indirect=True)
def test_a_qemu_that_is_installed_is_used(kind, serve, tmp_path, monkeypatch):
    serve("forky")
    monkeypatch.setattr(micropythons, "_installed_emulator", INSTALLED_EMULATOR)
    write_script(tmp_path / "bin" / "qemu-arm", f'touch {tmp_path}/used\nexec "$@"')
    micropythons.path(kind)
    assert (tmp_path / "used").exists()
    assert "qemu-user" not in (tmp_path / "asked").read_text()


def test_the_parts_that_need_one_are_left_out_and_that_is_said():
    places = {I386.variable: "/no/such", ARM.variable: "none"}
    done = run("test", "--part", "32-bit-agent", "--part", "arm", env={**os.environ, **places})
    assert done.returncode == 1
    assert "left out: 32-bit-agent (no MicroPython at /no/such: MICROPYTHON32 names" in done.stdout
    assert "left out: arm (" in done.stdout
    assert done.stdout.endswith("tests: 0 passed, 0 failed\n")
