"""The tables of settings on the pages have each parameter of the code, with its default."""

import ast
import re

import documentation
import environment
import pytest

LIB = environment.ROOT / "lib" / "iotjobs"
WRITING = documentation.text("lib/README.md")
JOBS = documentation.text("lib/iotjobs/handlers/README.md")
# What heads a table, its page, and whose parameters it has: file and function.
TABLES = (
    (
        "### `JobsAgent(",
        WRITING,
        ("agent/agent.py", "JobsAgent.__init__"),
        ("agent/session.py", "Session.__init__"),
    ),
    ("### `MQTTLink(", WRITING, ("links/mqtt.py", "MQTTLink.__init__")),
    ("### `HTTPSLink(", WRITING, ("links/https.py", "HTTPSLink.__init__")),
    ("### `aio.run(", WRITING, ("aio.py", "run")),
    ("### `Fetcher(", WRITING, ("fetch/fetcher.py", "Fetcher.__init__")),
    ("### `StreamFetcher(", WRITING, ("fetch/streams.py", "StreamFetcher.__init__")),
    ("### `slots.run(", WRITING, ("updates/slots.py", "run")),
    ("| setting of `config.register`", JOBS, ("handlers/config.py", "register")),
    ("| setting of `download.register`", JOBS, ("handlers/download.py", "register")),
    ("| setting of `packages.register`", JOBS, ("handlers/packages/__init__.py", "register")),
    ("| setting of `update.register`", JOBS, ("handlers/update.py", "register")),
    ("| setting of `firmware.register`", JOBS, ("handlers/firmware.py", "register")),
)
# What a page says of a default that the code makes when it is called.
MADE = {"iotjobs-THING.json": ("",), "machine.reset": ("reset_board", "None")}
MADE |= {"machine.Timer": ("None",), "time.ticks_ms": ("ticks_ms", "time.ticks_ms")}
UNSAID = {"self", "agent"}
ELSEWHERE = {"fetcher", "ca"}  # of a handler: the section Fetching says their defaults


def parameters(file, name):
    """The parameters of a function, each with its default; None for one without."""
    body = ast.parse((LIB / file).read_text()).body
    for part in name.split("."):
        (found,) = (node for node in body if getattr(node, "name", None) == part)
        body = found.body
    names = [arg.arg for arg in found.args.args]
    defaults = [ast.unparse(default).strip("'") for default in found.args.defaults]
    return dict(zip(names, [None] * (len(names) - len(defaults)) + defaults, strict=True))


def rows(page, heading):
    """The settings of the table that begins so, or is the first below that, and their defaults."""
    _, rest = re.split(rf"^{re.escape(heading)}", page, flags=re.MULTILINE)
    table = re.search(r"^\|[-:|]+\|\n((?:\|.*\n)+)", rest, re.MULTILINE)[1]
    for line in table.splitlines():
        settings, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        names = re.findall(r"`(\w+)`", settings)
        cell = cells[0 if heading.startswith("|") else 1]
        several = cell.split(", ")
        for at, name in enumerate(names):
            yield name, default_of(several[at] if len(several) == len(names) else cell)


def default_of(cell):
    """What a cell says, as the code has it: without marks, a unit, or what it means."""
    quoted = re.match(r'`"(.*)"`', cell)
    found = quoted[1] if quoted else re.split(r":| bytes", cell)[0].strip("`")
    return re.sub(r"(?<=\d),(?=\d)", "", found)


@pytest.mark.parametrize(("heading", "page", "functions"), [(h, p, f) for h, p, *f in TABLES])
def test_each_parameter_is_in_its_table_with_its_default(heading, page, functions):
    wanted = {}
    for file, name in functions:
        wanted |= parameters(file, name)
    found = dict(rows(page, heading))
    assert found.keys() == wanted.keys() - UNSAID
    for name in found.keys() - (ELSEWHERE if heading.startswith("|") else set()):
        assert (wanted[name] or "") in MADE.get(found[name], (found[name],)), name
