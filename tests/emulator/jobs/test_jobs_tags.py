"""The tags of jobs and job templates."""

import pytest
from iotjobs_emulator.errors import (
    InvalidRequestError,
    LimitExceededError,
    ResourceNotFoundError,
)
from jobs_world import World, group_arn, job_arn, job_template_arn, thing_arn


def as_list(tags):
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_of(world, arn):
    answer = world.control.list_tags_for_resource({"resourceArn": arn})
    return {tag["Key"]: tag["Value"] for tag in answer["tags"]}


def tag(world, arn, **tags):
    return world.control.tag_resource({"resourceArn": arn, "tags": as_list(tags)})


def create(world, arn, tags=None):
    kind, _, name = arn.rpartition(":")[2].partition("/")
    (world.create if kind == "job" else world.create_template)(name, tags=tags)


def delete(world, arn):
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "job":
        world.delete(name, force=True)
    else:
        world.control.delete_job_template({"jobTemplateId": name})


@pytest.fixture(params=[job_arn("x"), job_template_arn("x")], ids=["job", "template"])
def arn(request):
    return request.param


def test_tags_are_listed_changed_and_removed(world, arn):
    create(world, arn, [{"Key": "b", "Value": "2"}, {"Key": "a"}])
    assert world.control.list_tags_for_resource({"resourceArn": arn}) == {
        "tags": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}]
    }
    assert tag(world, arn, b="3", c="4") == {}
    assert tags_of(world, arn) == {"a": "", "b": "3", "c": "4"}
    keys = {"resourceArn": arn, "tagKeys": ["a", "nothing", "c"]}
    assert world.control.untag_resource(keys) == {}
    assert tags_of(world, arn) == {"b": "3"}


def test_what_has_no_tags_has_an_empty_list(world, arn):
    create(world, arn)
    assert world.control.list_tags_for_resource({"resourceArn": arn}) == {"tags": []}


def test_a_list_of_one_page_takes_no_token(world, arn):
    create(world, arn)
    with pytest.raises(InvalidRequestError, match="nextToken"):
        world.control.list_tags_for_resource({"resourceArn": arn, "nextToken": "x"})


def test_tags_go_with_what_they_are_of(world, arn):
    for name in ("x", "y"):
        create(world, arn[:-1] + name, as_list({"name": name}))
    delete(world, arn)
    create(world, arn)
    assert tags_of(world, arn) == {}
    assert tags_of(world, arn[:-1] + "y") == {"name": "y"}


def test_a_job_has_not_the_tags_of_its_template(world):
    world.create_template("t", tags=as_list({"a": "1"}))
    world.create_from(job_template_arn("t"))
    assert tags_of(world, job_arn("job")) == {}


def test_a_job_and_a_template_of_one_name_have_tags_of_their_own(world):
    world.create("x", tags=as_list({"a": "1"}))
    world.create_template("x", tags=as_list({"b": "1"}))
    assert tags_of(world, job_arn("x")) == {"a": "1"}
    assert tags_of(world, job_template_arn("x")) == {"b": "1"}


def test_a_job_that_is_not_created_has_no_tags(world):
    world.create("x", tags=as_list({"a": "1"}))
    with pytest.raises(InvalidRequestError, match="documentSource"):
        world.create("y", tags=as_list({"a": "1"}), documentSource="s3://x")
    world.create("y")
    assert tags_of(world, job_arn("y")) == {}


def test_fifty_tags_are_the_limit(world, arn):
    create(world, arn, as_list({f"k{n}": "" for n in range(50)}))
    tag(world, arn, k7="new")
    with pytest.raises(LimitExceededError, match="51 tags; the limit is 50"):
        tag(world, arn, one_more="")
    assert len(tags_of(world, arn)) == 50


def test_tags_outlive_their_process(tmp_path):
    first = World(str(tmp_path / "state"))
    first.create("x", tags=as_list({"a": "1"}))
    assert tags_of(first.restarted(), job_arn("x")) == {"a": "1"}


@pytest.mark.parametrize(
    ("error", "resource"),
    [
        (ResourceNotFoundError, job_arn("ghost")),
        (ResourceNotFoundError, job_template_arn("ghost")),
        *(
            (InvalidRequestError, arn)
            for arn in (
                *("", "x", 5, None, thing_arn("lamp"), group_arn("lamps"), job_arn("")),
                job_arn("x").replace("eu-west-1", "us-east-1"),
            )
        ),
    ],
)
@pytest.mark.parametrize(
    ("call", "members"),
    [
        ("tag_resource", {"tags": []}),
        ("untag_resource", {"tagKeys": []}),
        ("list_tags_for_resource", {}),
    ],
)
def test_only_jobs_and_templates_that_there_are_have_tags(world, call, members, error, resource):
    with pytest.raises(error, match=r"resourceArn|ghost") as caught:
        getattr(world.control, call)({"resourceArn": resource, **members})
    assert caught.value.message.isascii()


@pytest.mark.parametrize("members", [{}, {"tags": None}, {"tags": [{"Key": "aws:x"}]}])
def test_tag_resource_needs_tags(world, members):
    world.create("x")
    with pytest.raises(InvalidRequestError, match="tags"):
        world.control.tag_resource({"resourceArn": job_arn("x"), **members})


@pytest.mark.parametrize("keys", [None, "a", ["a", ""], [5], ["x" * 129], ["a#"]])
def test_untag_resource_needs_keys(world, keys):
    world.create("x", tags=as_list({"a": "1"}))
    with pytest.raises(InvalidRequestError, match=r"tagKeys|a key"):
        world.control.untag_resource({"resourceArn": job_arn("x"), "tagKeys": keys})
    assert tags_of(world, job_arn("x")) == {"a": "1"}
