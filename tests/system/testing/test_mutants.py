"""`tools/mutants`: how its list is read, and that all of this project's applies.

What it says of this project takes many minutes: the figures are in tests/README.md.
"""

import ast
import io
import tokenize

import environment
import pytest
from mutating import catalogue, command
from mutating.catalogue import CatalogueError
from tiny_tree import SOURCE

MUTATIONS = catalogue.load(environment.ROOT / command.MUTANTS)
LEAST = 80
# What the short run must be shown to be sharp on.
AREAS = {
    *(
        "agent",
        "border",
        "limits",
        "session",
        "job",
        "keeper",
        "remembered",
        "running",
        "unix_board",
        "real_board",
        "replace",
        "records",
        "client",
        "messages",
        "scan",
    ),
    *("packets", "mqtt", "dns", "https", "fetch", "stream_fetcher", "cbor", "digests"),
    "stream_matrix",
    *("installed", "marks", "update", "ota_handler", "ota_beside"),
    *("config", "document", "handlers", "memory"),
    *(
        "broker",
        "broker_5",
        "broker_session",
        "transitions",
        "timers",
        "policies",
        "quotas",
        "power",
        "signatures",
    ),
    *(
        "certificate",
        "s3",
        "tls",
        "provisioning",
        "provision_changed",
        "virtual_time",
        "streams",
        "ota",
        "fleet",
    ),
}
NOWHERE = "files = []\ntests = []\n"


def of_area(area):
    return [mutation for mutation in MUTATIONS if mutation.area == area]


def words(text):
    """What Python reads of these lines, which may be a part of a statement: no comments."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE):
                found.append((token.type, token.string))
    except tokenize.TokenError as error:  # at what is not ended here
        row, column = error.args[1]
        rest = "\n".join(text.split("\n")[row - 1 :])
        found.append(rest[column:])
    return found


# The list


@pytest.mark.parametrize("area", sorted({mutation.area for mutation in MUTATIONS}))
def test_every_mutation_of_an_area_applies_and_is_a_program_still(area):
    for mutation in of_area(area):
        for name in mutation.files:
            ast.parse(mutation.applied((environment.ROOT / name).read_text(encoding="utf-8")))
        assert words(mutation.line) != words(mutation.becomes), mutation.title
        for name in mutation.tests:
            assert (environment.ROOT / name).is_file(), mutation.title


def test_there_are_enough_of_them_and_in_every_area():
    assert len(MUTATIONS) >= LEAST
    assert {mutation.area for mutation in MUTATIONS} == AREAS


def test_no_mutation_is_there_twice():
    mistakes = [(*mutation.files, mutation.line, mutation.becomes) for mutation in MUTATIONS]
    assert len(set(mistakes)) == len(mistakes)


# How one is read and applied


def test_a_line_keeps_its_indentation_and_so_does_what_stands_in_its_place():
    text = "[m]\nline = 'return 2 * a'\nbecomes = '''\nb = a\nreturn b'''"
    (mutation,) = catalogue.read("adding", NOWHERE + text)
    after = mutation.applied(SOURCE)
    assert after == SOURCE.replace("return 2 * a", "b = a\n        return b")


def test_several_lines_may_end_in_another_depth():
    text = "[m]\nline = '''\n    return 2 * a\nreturn 0'''\nbecomes = ''"
    (mutation,) = catalogue.read("adding", NOWHERE + text)
    assert mutation.place(SOURCE) == 7
    assert mutation.applied(SOURCE).endswith("    if a:\n\n")


@pytest.mark.parametrize(
    ("line", "source", "times"),
    [
        *(
            (line, SOURCE, 0)
            for line in ("return 3 * a", "return", "a + b", "if a:\nreturn 2 * a")
        ),
        ("return a + b", SOURCE + SOURCE, 2),
    ],
)
def test_a_line_that_is_not_there_or_is_there_twice_no_longer_applies(line, source, times):
    mutation = catalogue.Mutation("adding", "m", line, "pass", ("adding.py",), ())
    with pytest.raises(CatalogueError, match=rf"adding/m no longer applies.* {times} times"):
        mutation.applied(source)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[m]\nline = 'a'\nbecomes = 'b'\nfiles = []\n", "adding/m: .*tests"),
        (NOWHERE + "[m]\nline = 'a'\nbecomes = 'b'\nlines = 1\n", "adding/m: .*lines"),
        (NOWHERE + "[m]\nline = 'a'\nbecomes = 'a'\n", "adding/m changes nothing"),
        ("m = 1\n", "adding.toml: m is no mutation"),
        ("[m\n", "adding.toml: "),
    ],
)
def test_a_list_that_is_none_is_refused_with_the_reason(text, reason):
    with pytest.raises(CatalogueError, match=reason):
        catalogue.read("adding", text)


def test_areas_and_mutations_are_chosen_by_name():
    agent, keeper = of_area("agent"), of_area("keeper")
    assert catalogue.chosen(MUTATIONS, []) == MUTATIONS
    assert catalogue.chosen(MUTATIONS, ["keeper", agent[0].title]) == [agent[0], *keeper]
    with pytest.raises(CatalogueError, match="no mutation 'agents'; the areas are agent, "):
        catalogue.chosen(MUTATIONS, ["agents"])
