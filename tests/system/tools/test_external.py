"""What the tests of JavaScript and of pages say when something that they need is missing."""

import shutil

import environment
import pytest
from commands import write_script
from testing import external


@pytest.fixture
def only(tmp_path, monkeypatch):
    """PATH is one folder, into which a test puts programs: only(name, body)."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(external.BROWSER_VARIABLE, raising=False)
    return lambda name, body: write_script(tmp_path / name, body)


@pytest.mark.parametrize(
    ("printed", "is_what"),
    [("v18.20.4", "v18.20.4"), ("v9.0.0", "v9.0.0"), ("20", "20"), ("", "none")],
)
def test_a_node_that_is_too_old_or_none_is_named(only, printed, is_what):
    path = only("node", f"echo {printed}")
    with pytest.raises(environment.UnusableError) as caught:
        external.node()
    assert str(caught.value) == f"Node.js 20 or newer is needed, {path} is {is_what}"


@pytest.mark.parametrize("version", ["v20.0.0", "v22.11.0", "v100.1.0"])
def test_a_newer_node_is_taken(only, version):
    path = only("node", f"echo {version}")
    assert external.node() == str(path)


def test_npm_is_missed_beside_node(only):
    only("node", "echo v20.0.0")
    with pytest.raises(environment.UnusableError, match=r"npm, which .* is not on PATH"):
        external.prepare_javascript()


@pytest.mark.parametrize("name", external.BROWSERS)
def test_the_browser_is_found_by_its_names(only, name):
    path = only(name, "")
    assert external.chromium() == str(path)


def test_the_browser_that_is_named_is_taken_or_missed(only, monkeypatch):
    path = only("some-browser", "")
    only("chromium", "")
    monkeypatch.setenv(external.BROWSER_VARIABLE, str(path))
    assert external.chromium() == str(path)
    monkeypatch.setenv(external.BROWSER_VARIABLE, "/no/such/browser")
    with pytest.raises(environment.UnusableError, match="no browser at /no/such/browser: CHROM"):
        external.chromium()


def test_the_sdk_of_another_lock_file_is_installed_anew(tmp_path, monkeypatch):
    shutil.copytree(external.JAVASCRIPT, tmp_path / "javascript")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(external, "JAVASCRIPT", tmp_path / "javascript")
    monkeypatch.setattr(external, "JAVASCRIPT_FOLDER", tmp_path / ".node")
    monkeypatch.setattr(external, "node", lambda: "node")
    monkeypatch.setattr(external, "_program", lambda name, otherwise: name)
    ran = []
    monkeypatch.setattr(environment, "run", lambda command, otherwise: ran.append(command))
    external.prepare_javascript()
    assert external.prepare_javascript() == tmp_path / ".node" / "node_modules"
    assert [command[0] for command in ran] == ["npm"]
    with open(tmp_path / "javascript" / "package-lock.json", "a") as lock:
        lock.write("\n")
    external.prepare_javascript()
    assert len(ran) == 2


def test_the_lock_file_names_no_registry():
    text = (external.JAVASCRIPT / "package-lock.json").read_text()
    assert '"resolved"' not in text
    assert text.count('"integrity"') == text.count('"node_modules/') > 60
