"""The pages say nothing that is not there: links, anchors, commands, options."""

import functools
import re
import shutil
import subprocess
import sys

import documentation
import environment
import pytest
from commands import finished

README_LINES = 200
README_BYTES = 12 * 1024
PAGES = {str(path.relative_to(environment.ROOT)): path for path in documentation.pages()}
NAMED = re.compile(r"(?<![\w./-])tools/[\w./-]*\w")
COMMAND = re.compile(r"(?:^|[\s(])tools/(\w+)(?= |$)(.*)")
END = re.compile(r" [|;&>#]|\)")  # what follows is no argument
OPTION = re.compile(r"(?<=\s)--[a-z][a-z-]*")
INCLUDED = re.compile(r'^include\("/path/to/iotjobs/([^"]*)"', re.MULTILINE)
every_page = pytest.mark.parametrize("name", PAGES)


@functools.cache
def usage(tool, command=""):
    """What a tool, or one of its commands, says about itself."""
    program = [sys.executable, environment.TOOLS / tool, *command.split(), "--help"]
    done = finished(program)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands(page):
    """(tool, arguments) of each command line of a page."""
    for line in documentation.code(page):
        for tool, rest in COMMAND.findall(line):
            yield tool, END.split(rest)[0]


def test_git_does_not_see_the_keys_that_the_pages_have_you_make(tmp_path):
    shutil.copy(environment.ROOT / ".gitignore", tmp_path)
    made = ["things/lamp/key.der", "board/settings.json", "update.pem", "key.pem", "bench.db-wal"]
    for command in (["init", "-q"], ["check-ignore", *made]):
        done = subprocess.run(["git", *command], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == made


def test_readme_is_the_door_and_not_the_house():
    text = documentation.text("README.md")
    assert len(text.splitlines()) <= README_LINES
    assert len(text.encode()) <= README_BYTES


@every_page
def test_each_link_leads_somewhere(name):
    page = PAGES[name]
    for link in documentation.links(page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in documentation.anchors(target.read_text()), link


@every_page
def test_what_it_names_below_tools_is_there(name):
    for mention in NAMED.findall(PAGES[name].read_text()):
        assert (environment.ROOT / mention).exists(), mention


@every_page
def test_each_option_that_it_gives_a_command_is_one_of_it(name):
    for tool, arguments in commands(PAGES[name].read_text()):
        if not (environment.TOOLS / tool).is_file():
            continue  # a folder's name in a sentence
        first = arguments.split()[:1]
        known = usage(tool)
        if tool == "jobs" and first and not first[0].startswith("-") and first != ["COMMAND"]:
            assert re.search(rf"^  {re.escape(first[0])}  ", known, re.MULTILINE), first
            known = usage(tool, first[0])
        for option in OPTION.findall(arguments):
            assert re.search(rf"{option}(?![a-z-])", known), f"tools/{tool} {option}"


def test_what_a_firmware_of_ones_own_includes_is_the_manifest():
    found = [place for page in PAGES.values() for place in INCLUDED.findall(page.read_text())]
    assert set(found) == {"manifest.py"}
    assert len(found) == 2


def test_each_command_has_its_paragraph():
    page = documentation.text("tools/README.md")
    named = {tool for tool, _ in commands(page)}
    tools = [path for path in environment.TOOLS.iterdir() if path.is_file() and not path.suffix]
    assert {path.name for path in tools} <= named


def test_the_steps_in_readme_are_those_of_the_guide():
    guide = documentation.text("boards/README.md")
    _, _, section = documentation.text("README.md").partition("\n## Onto a board\n")
    steps = "".join(documentation.blocks(section.partition("\n## ")[0])).splitlines()
    of_guide = "".join(documentation.blocks(guide)).splitlines()
    assert len(steps) == 5
    assert [line for line in of_guide if line in steps][: len(steps)] == steps  # in this order
