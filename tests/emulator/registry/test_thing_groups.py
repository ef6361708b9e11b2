"""Thing groups: what they are, and how they stand to each other."""

import re

import pytest
from iotjobs_emulator.errors import ServiceError
from jobs_world import START
from registry_bench import ARN, INVALID, NOT_FOUND, Bench, refusals

MERGE = {"merge": True}


def properties(description=None, **attributes):
    found = {"attributePayload": {"attributes": attributes}} if attributes else {}
    if description is not None:
        found["thingGroupDescription"] = description
    return {"thingGroupProperties": found}


def names(bench, **params):
    listed = bench("ListThingGroups", **params)["thingGroups"]
    assert all(g["groupArn"] == f"{ARN}thinggroup/{g['groupName']}" for g in listed)
    return [g["groupName"] for g in listed]


def test_a_group_is_created_and_described(bench):
    made = bench("CreateThingGroup", thingGroupName="a:b", **properties("All of it", k="v"))
    assert made["thingGroupArn"] == f"{ARN}thinggroup/a:b"
    assert re.fullmatch(r"[0-9a-f-]{36}", made["thingGroupId"])
    assert bench("DescribeThingGroup", thingGroupName="a:b") == {
        **made,
        "version": 1,
        "thingGroupProperties": {
            "thingGroupDescription": "All of it",
            "attributePayload": {"attributes": {"k": "v"}},
        },
        "thingGroupMetadata": {"creationDate": START},
    }


def test_a_group_tells_what_is_above_it_from_the_top(bench):
    bench.chain("zoo", "house", "cage")
    assert bench("DescribeThingGroup", thingGroupName="cage")["thingGroupMetadata"] == {
        "parentGroupName": "house",
        "rootToParentThingGroups": [
            {"groupName": name, "groupArn": f"{ARN}thinggroup/{name}"} for name in ("zoo", "house")
        ],
        "creationDate": START,
    }


def test_creating_the_same_group_again_is_no_error(bench):
    bench.chain("top")
    same = {"thingGroupName": "g", "parentGroupName": "top", **properties("d", k="v")}
    assert bench("CreateThingGroup", **same) == bench("CreateThingGroup", **same)


@pytest.mark.parametrize(
    "other",
    [
        properties("d", k="v"),
        {"parentGroupName": "top", **properties("d", k="w")},
        {"parentGroupName": "top", **properties("e", k="v")},
    ],
)
def test_a_name_that_is_taken_by_another_group_is_refused(bench, other):
    bench.chain("top")
    given = {"parentGroupName": "top", **properties("d", k="v")}
    first = bench("CreateThingGroup", thingGroupName="g", **given)
    with pytest.raises(ServiceError) as caught:
        bench("CreateThingGroup", thingGroupName="g", **other)
    assert caught.value.code == "ResourceAlreadyExistsException"
    taken = {"resourceId": first["thingGroupId"], "resourceArn": first["thingGroupArn"]}
    assert caught.value.members == taken


G, X, NOWHERE = ({"thingGroupName": name} for name in ("g", "x", "nowhere"))
OTHER = ("VersionConflictException", "version 9 of thing group g, found 1")
MANY = {f"k{n}": "v" for n in range(51)}


@refusals(
    # What a group cannot have, and another version of it.
    (INVALID, "tags", "CreateThingGroup", X | {"tags": [{"Key": "k"}]}),
    (INVALID, "no thing group nowhere", "CreateThingGroup", X | {"parentGroupName": "nowhere"}),
    (INVALID, "merge", "CreateThingGroup",
     X | {"thingGroupProperties": {"attributePayload": MERGE}}),
    (INVALID, "attribute k of a new thing group", "CreateThingGroup", X | properties(k="")),
    (INVALID, "at most 50 attributes, this has 51", "CreateThingGroup", X | properties(**MANY)),
    (*OTHER, "UpdateThingGroup", G | {"thingGroupProperties": {}, "expectedVersion": 9}),
    (*OTHER, "DeleteThingGroup", G | {"expectedVersion": 9}),
    # What does not exist.
    (NOT_FOUND, "nowhere", "DescribeThingGroup", NOWHERE),
    (NOT_FOUND, "nowhere", "UpdateThingGroup", NOWHERE | {"thingGroupProperties": {}}),
    (NOT_FOUND, "nowhere", "ListThingGroups", {"parentGroup": "nowhere"}),
    (NOT_FOUND, "nowhere", "ListThingsInThingGroup", NOWHERE),
    (NOT_FOUND, "nowhere", "AddThingToThingGroup", NOWHERE | {"thingName": "t"}),
    (NOT_FOUND, "nowhere", "RemoveThingFromThingGroup", NOWHERE | {"thingName": "t"}),
    (NOT_FOUND, "nowhere", "UpdateThingGroupsForThing",
     {"thingName": "t", "thingGroupsToRemove": ["nowhere"]}),
    (NOT_FOUND, "nowhere", "AddThingToThingGroup", G | {"thingName": "nowhere"}),
    (NOT_FOUND, "nowhere", "ListThingGroupsForThing", {"thingName": "nowhere"}),
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    bench, code, named, operation, params
):
    bench.chain("g")
    bench("CreateThing", thingName="t")
    bench.refuses(code, named, operation, **params)
    assert names(bench) == ["g"]
    assert bench("DescribeThingGroup", thingGroupName="g")["version"] == 1


def test_a_hierarchy_has_seven_levels_and_a_group_a_hundred_children(bench):
    bench.chain(*(f"level{n}" for n in range(1, 8)))
    below = {"thingGroupName": "x", "parentGroupName": "level7"}
    bench.refuses(INVALID, "limit is 7", "CreateThingGroup", **below)
    for n in range(99):  # level2 is one
        bench("CreateThingGroup", thingGroupName=f"n{n}", parentGroupName="level1")
    beside = {"thingGroupName": "x", "parentGroupName": "level1"}
    bench.refuses(INVALID, "100 child groups", "CreateThingGroup", **beside)


@pytest.mark.parametrize(
    ("change", "description", "attributes"),
    [
        ({}, "d", {"a": "1"}),
        ({"thingGroupDescription": "e"}, "e", {"a": "1"}),
        ({"attributePayload": {"attributes": {"b": "2"}}}, "d", {"b": "2"}),
        ({"attributePayload": {"attributes": {"a": "", "b": "2"}, **MERGE}}, "d", {"b": "2"}),
        ({"attributePayload": {"attributes": {"a": ""}, **MERGE}}, "d", {}),
        ({"attributePayload": MERGE}, "d", {"a": "1"}),
    ],
)
def test_an_update_changes_what_it_names(bench, change, description, attributes):
    bench("CreateThingGroup", thingGroupName="g", **properties("d", a="1"))
    update = {"thingGroupName": "g", "thingGroupProperties": change, "expectedVersion": 1}
    assert bench("UpdateThingGroup", **update) == {"version": 2}
    described = bench("DescribeThingGroup", thingGroupName="g")
    assert described["version"] == 2
    assert described["thingGroupProperties"] == {
        "thingGroupDescription": description,
        **({"attributePayload": {"attributes": attributes}} if attributes else {}),
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, {}),
        (properties("d"), {"thingGroupDescription": "d"}),
        (properties(k="v"), {"attributePayload": {"attributes": {"k": "v"}}}),
    ],
)
def test_a_group_shows_of_its_properties_what_it_has(bench, given, shown):
    bench("CreateThingGroup", thingGroupName="g", **given)
    assert bench("DescribeThingGroup", thingGroupName="g")["thingGroupProperties"] == shown


def test_a_group_is_deleted_from_below_and_deleting_it_again_is_no_error(bench):
    bench.chain("top", "below")
    bench.refuses(INVALID, "child groups (below)", "DeleteThingGroup", thingGroupName="top")
    for name in ("below", "top", "top"):
        assert bench("DeleteThingGroup", thingGroupName=name) == {}
    assert names(bench) == []


@pytest.mark.parametrize(
    ("params", "listed"),
    [
        ({}, "Ba a ab abc b"),
        ({"recursive": False}, "Ba a b"),
        ({"recursive": True}, "Ba a ab abc b"),
        ({"parentGroup": "a"}, "ab"),
        ({"parentGroup": "a", "recursive": False}, "ab"),
        ({"parentGroup": "a", "recursive": True}, "ab abc"),
        ({"parentGroup": "b", "recursive": True}, ""),
        ({"namePrefixFilter": "ab"}, "ab abc"),
        ({"namePrefixFilter": "_"}, ""),
        ({"namePrefixFilter": "abc", "parentGroup": "a", "recursive": True}, "abc"),
        ({"namePrefixFilter": "abc", "parentGroup": "a"}, ""),
    ],
)
def test_groups_are_listed_by_name_parent_and_prefix(bench, params, listed):
    bench.chain("a", "ab", "abc")
    bench.chain("b")
    bench.chain("Ba")
    assert " ".join(names(bench, **params)) == listed


def test_groups_are_listed_in_pages(bench):
    for name in "dbeac":
        bench.chain(name)
    found = bench.pages("ListThingGroups", maxResults=2)
    assert [[g["groupName"] for g in page] for page in found] == [["a", "b"], ["c", "d"], ["e"]]


def test_groups_outlive_their_process(tmp_path):
    first = Bench(str(tmp_path / "state.db"))
    first.chain("top", "below")
    first("CreateThing", thingName="t")
    first("AddThingToThingGroup", thingName="t", thingGroupName="below")
    assert first.restarted().registry.group_members("top") == ["t"]
