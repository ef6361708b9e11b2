"""Which things are in which groups, and who is told of it."""

import pytest
from registry_bench import ARN, INVALID, Bench


@pytest.fixture
def bench():
    """Things t, u; groups `top` above `left` and `right`, and `other`. `bench.told`: the names of
    each call of the hook."""
    bench = Bench()
    for name in ("t", "u"):
        bench("CreateThing", thingName=name)
    bench.chain("top", "left")
    bench.chain("other")
    bench("CreateThingGroup", thingGroupName="right", parentGroupName="top")
    bench.told = []
    bench.registry.on_membership_changed(lambda things: bench.told.append(sorted(things)))
    return bench


def add(bench, thing, *groups):
    for group in groups:
        bench("AddThingToThingGroup", thingName=thing, thingGroupName=group)


def members(bench, group, **params):
    return bench("ListThingsInThingGroup", thingGroupName=group, **params)["things"]


def groups(bench, thing):
    listed = bench("ListThingGroupsForThing", thingName=thing)["thingGroups"]
    assert all(g["groupArn"] == f"{ARN}thinggroup/{g['groupName']}" for g in listed)
    return [g["groupName"] for g in listed]


@pytest.mark.parametrize("thing", [{"thingName": "t"}, {"thingArn": f"{ARN}thing/t"}])
@pytest.mark.parametrize(
    "group",
    [
        {"thingGroupName": "left"},
        {"thingGroupArn": f"{ARN}thinggroup/left"},
        {"thingGroupArn": f"{ARN}thinggroup/left", "thingGroupName": "left"},
    ],
)
def test_a_thing_comes_and_goes_by_name_or_arn(bench, thing, group):
    for _ in range(2):
        assert bench("AddThingToThingGroup", **thing, **group) == {}
        assert members(bench, "left") == ["t"]
    for _ in range(2):
        assert bench("RemoveThingFromThingGroup", **thing, **group) == {}
        assert members(bench, "left") == []
    assert bench.told == [["t"], ["t"]], "what changes nothing is not told"


@pytest.mark.parametrize("operation", ["AddThingToThingGroup", "RemoveThingFromThingGroup"])
@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"thingName": "t"}, "thingGroupName or thingGroupArn is required"),
        ({"thingGroupName": "left"}, "thingName or thingArn is required"),
        ({"thingName": "u", "thingArn": f"{ARN}thing/t", "thingGroupName": "left"}, "thingName u"),
        ({"thingArn": f"{ARN}thinggroup/t", "thingGroupName": "left"}, "thingArn"),
        ({"thingName": "t", "thingGroupArn": f"{ARN}thing/left"}, "thingGroupArn"),
        ({"thingName": "t", "thingGroupArn": "arn:aws:iot:x:1:thinggroup/left"}, "thingGroupArn"),
        ({"thingName": "t", "thingGroupArn": f"{ARN}thinggroup/"}, "thingGroupArn"),
    ],
)
def test_a_request_must_say_which_thing_and_which_group(bench, operation, params, named):
    bench.refuses(INVALID, named, operation, **params)


def test_dynamic_groups_are_not_supported_and_so_not_overridden(bench):
    for operation, params in (
        ("AddThingToThingGroup", {"thingName": "t", "thingGroupName": "left"}),
        ("UpdateThingGroupsForThing", {"thingName": "t", "thingGroupsToAdd": ["left"]}),
    ):
        bench(operation, **params, overrideDynamicGroups=False)
        params["overrideDynamicGroups"] = True
        bench.refuses(INVALID, "overrideDynamicGroups", operation, **params)


@pytest.mark.parametrize(
    ("first", "second"), [("left", "right"), ("top", "left"), ("left", "top")]
)
def test_a_thing_is_in_one_group_of_a_hierarchy_only(bench, first, second):
    add(bench, "t", first, "other")
    joining = {"thingName": "t", "thingGroupName": second}
    bench.refuses(INVALID, f"{first} of the same hierarchy", "AddThingToThingGroup", **joining)
    assert members(bench, second, recursive=False) == []


def test_a_thing_is_in_ten_groups_at_most(bench):
    for n in range(11):
        bench("CreateThingGroup", thingGroupName=f"g{n}")
    add(bench, "t", *(f"g{n}" for n in range(10)))
    eleventh = {"thingName": "t", "thingGroupName": "g10"}
    bench.refuses(INVALID, "limit is 10", "AddThingToThingGroup", **eleventh)
    add(bench, "t", "g0")
    swap = {"thingGroupsToAdd": ["g10"], "thingGroupsToRemove": ["g0"]}
    bench("UpdateThingGroupsForThing", thingName="t", **swap)
    assert len(groups(bench, "t")) == 10


def test_a_thing_is_in_the_groups_above_its_own_as_well(bench):
    add(bench, "t", "left", "other")
    add(bench, "u", "top")
    assert groups(bench, "t") == bench.registry.groups_of("t") == ["left", "other", "top"]
    assert groups(bench, "u") == bench.registry.groups_of("u") == ["top"]
    assert members(bench, "top") == ["u"]
    assert members(bench, "top", recursive=True) == ["t", "u"]
    assert bench.registry.group_members("top") == ["t", "u"]
    assert bench.registry.group_members("right") == []
    assert bench.registry.group_members("nowhere") is None
    assert bench.registry.groups_of("nobody") == []


def test_groups_and_members_are_listed_in_pages(bench):
    for name in ("w", "v"):
        bench("CreateThing", thingName=name)
    for name, group in (("t", "left"), ("u", "right"), ("v", "top"), ("w", "left")):
        add(bench, name, group)
    add(bench, "t", "other")
    below_top = {"thingGroupName": "top", "recursive": True}
    found = bench.pages("ListThingsInThingGroup", **below_top, maxResults=3)
    assert found == [["t", "u", "v"], ["w"]]
    found = bench.pages("ListThingGroupsForThing", thingName="t", maxResults=2)
    assert [[g["groupName"] for g in part] for part in found] == [["left", "other"], ["top"]]


def test_groups_of_a_thing_are_changed_all_at_once_or_not_at_all(bench):
    add(bench, "t", "left")
    bench.told.clear()
    update = {"thingName": "t", "thingGroupsToRemove": ["left", "top"]}
    bench("UpdateThingGroupsForThing", **update, thingGroupsToAdd=["right", "other", "right"])
    assert groups(bench, "t") == ["other", "right", "top"]
    assert bench.told == [["t"]]
    for thing, joined, left, named in (
        ({"thingName": "t"}, ["left"], ["other"], "left"),
        ({"thingName": "t"}, ["top"], ["top"], "top"),
        ({}, ["left"], [], "thingName is required"),
    ):
        change = {**thing, "thingGroupsToAdd": joined, "thingGroupsToRemove": left}
        bench.refuses(INVALID, named, "UpdateThingGroupsForThing", **change)
    assert groups(bench, "t") == ["other", "right", "top"]
    assert bench("UpdateThingGroupsForThing", thingName="t") == {}
    assert bench.told == [["t"]]


def test_a_deleted_thing_leaves_its_groups(bench):
    add(bench, "t", "left", "other")
    bench.told.clear()
    bench("DeleteThing", thingName="t")
    bench("DeleteThing", thingName="u")
    assert bench.told == [["t"]]
    bench("CreateThing", thingName="t")
    assert groups(bench, "t") == []


def test_a_deleted_group_has_no_members(bench):
    add(bench, "t", "left")
    add(bench, "u", "left")
    bench.told.clear()
    bench("DeleteThingGroup", thingGroupName="left")
    bench("DeleteThingGroup", thingGroupName="right")
    assert bench.told == [["t", "u"]]
    assert groups(bench, "t") == []


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("AddThingToThingGroup", {"thingName": "u", "thingGroupName": "left"}),
        ("RemoveThingFromThingGroup", {"thingName": "t", "thingGroupName": "left"}),
        ("UpdateThingGroupsForThing", {"thingName": "u", "thingGroupsToAdd": ["other"]}),
        ("DeleteThing", {"thingName": "t"}),
        ("DeleteThingGroup", {"thingGroupName": "left"}),
    ],
)
def test_nothing_changes_if_who_is_told_fails(bench, operation, params):
    def fail(things):
        assert bench.database.row("SELECT count(*) FROM membership")[0] != 1, "not told after it"
        raise RuntimeError("no")

    add(bench, "t", "left")
    bench.registry.on_membership_changed(fail)
    with pytest.raises(RuntimeError):
        bench(operation, **params)
    assert members(bench, "left") == ["t"]
    assert bench.registry.groups_of("u") == []
