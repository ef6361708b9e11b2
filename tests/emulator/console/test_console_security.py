"""A foreign web page reaches nothing of the emulator through its user's browser."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import iotjobs_emulator.console as package
import pytest
from console_world import ConsoleWorld
from iotjobs_emulator.console import allowed, refusal
from multidict import CIMultiDict
from rest_client import ask

STATIC = Path(package.__file__).parent / "static"
OWN = "127.0.0.1:8080"
JOB = {"targets": ["arn:aws:iot:eu-west-1:123456789012:thing/lamp"], "document": "{}"}


def why(method="PUT", *, names=(), scheme="http", **headers):
    fields = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    reason = refusal(method, fields, names=names, scheme=scheme)
    assert allowed(method, fields, names=names, scheme=scheme) is (reason is None)
    return reason


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LocalHost:8080",
        "localhost.:8080",
        "emulator.localhost:8080",
        "127.0.0.1:8080",
        "127.3.2.1",
        "[::1]:8080",
        "192.168.1.7:8080",
        "0.0.0.0:8080",
    ],
)
def test_localhost_and_addresses_are_its_own_names(host):
    assert why("GET", Host=host) is None
    assert why("PUT", Host=host, Origin=f"http://{host}") is None


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8080",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "evil@localhost.example",
        "",
        ":8080",
        "[::1",
        "[evil]:80",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_name_that_was_made_to_resolve_to_this_machine_is_refused(host, method):
    # A page of that name is of the same origin for the browser: it sends no Origin with GET.
    assert repr(host)[1:-1] in why(method, Host=host)
    assert why(method, Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin")


def test_further_names_and_an_open_network():
    assert why(Host="bench.lan:8080")
    assert why(Host="Bench.lan:8080", names={"bench.lan"}) is None
    assert why(Host="anything:8080", names=None) is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "https://127.0.0.1:8080",
        "http://127.0.0.1",
        "http://127.0.0.1:8081",
        "http://localhost:8080",
        "http://127.0.0.1:8080.evil.example",
        "http://127.0.0.1:8080/",
        "file://",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("names", [(), None])
def test_a_request_of_another_origin_is_refused_and_the_origin_is_named(origin, method, names):
    assert repr(origin) in why(method, names=names, Host=OWN, Origin=origin)


def test_the_origin_is_compared_by_the_scheme_that_is_spoken():
    assert why(Host=OWN, Origin=f"https://{OWN}", scheme="https") is None
    assert why(Host=OWN, Origin=f"http://{OWN}", scheme="https")
    assert why(Host="LOCALHOST:8080", Origin="http://localhost:8080") is None


def test_an_origin_without_host_is_refused():
    assert why(Origin="http://None")
    assert why(Origin="http://127.0.0.1:8080")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_a_browser_that_says_it_comes_from_elsewhere_may_only_read(site):
    assert site in why("POST", Host=OWN, Sec_Fetch_Site=site)
    assert why("GET", Host=OWN, Sec_Fetch_Site=site) is None  # a link that somebody clicked


@pytest.mark.parametrize("site", ["same-origin", "none", "Same-Origin"])
def test_the_page_itself_may_write(site):
    assert why("PUT", Host=OWN, Origin=f"http://{OWN}", Sec_Fetch_Site=site) is None


def test_an_sdk_is_never_refused():
    assert why("PUT", Host=OWN, User_Agent="Boto3") is None
    assert why("PUT") is None  # HTTP/1.0


# over HTTP


def test_a_foreign_page_creates_no_job_and_the_page_itself_does():
    with ConsoleWorld() as world:
        ask(world.port, "POST", "/things/lamp", b"{}")
        body = json.dumps(JOB).encode()

        def put(**headers):
            return ask(world.port, "PUT", "/jobs/job", body, headers)[0]

        assert put(Origin="http://evil.example") == 403
        assert put(Host=f"evil.example:{world.port}") == 403
        assert put(**{"Sec-Fetch-Site": "cross-site"}) == 403
        assert ask(world.port, "GET", "/jobs")[2] == {"jobs": []}
        assert put(Origin=world.control_url) == 200


@pytest.fixture(scope="module")
def console():
    with ConsoleWorld() as world:
        yield world


PATHS = ["/", "/static/page.js", "/static/none", "/_emulator/state", "/_emulator/none"]


@pytest.mark.parametrize("path", [*PATHS, "/_emulator/trace", "/_emulator/trace?after=x"])
def test_every_answer_keeps_the_browser_in_bounds(console, path):
    headers = console.get(path)[1]
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../console.py",
        "/static/..%2Fconsole.py",
        "/static/%2e%2e/console.py",
        "/static//etc/passwd",
        "/static/",
        "/static/page.html/",
    ],
)
def test_no_other_file_is_served(console, path):
    status, _, body = console.get(path)
    assert status == 404
    assert b"import" not in body
    assert b"root:" not in body


# the files


class Resources(HTMLParser):
    """What a page loads, what it runs, and what it styles."""

    def __init__(self):
        super().__init__()
        self.loaded, self.inline = [], []
        self._in = None

    def handle_starttag(self, tag, attributes):
        self._in = tag
        for name, value in attributes:
            if name in ("src", "href") and not value.startswith("#"):
                self.loaded.append(value)
            if name.startswith("on") or name == "style":
                self.inline.append((tag, name))

    def handle_data(self, data):
        if self._in in ("script", "style") and data.strip():
            self.inline.append((self._in, data))

    def handle_endtag(self, tag):
        self._in = None


def test_the_page_has_nothing_inline_and_loads_nothing_from_elsewhere():
    page = Resources()
    page.feed((STATIC / "page.html").read_text())
    assert page.inline == []
    assert page.loaded
    for path in page.loaded:
        assert (STATIC / path.removeprefix("/static/")).is_file(), path


def test_the_scripts_import_what_there_is_and_never_make_html():
    for path in STATIC.glob("*.js"):
        text = path.read_text()
        for imported in re.findall(r'from "(.*?)"', text):
            assert (STATIC / imported).is_file(), (path.name, imported)
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
            r"|createContextualFragment|setHTML|DOMParser",
            text,
        )
        assert found == [], path.name
        assert not re.search(r"https?://", text), path.name


def test_the_style_loads_nothing():
    assert not re.search(r"url\(|@import", (STATIC / "page.css").read_text())
