"""CreateStream, DescribeStream, ListStreams, UpdateStream, DeleteStream."""

import pytest
from iotjobs_emulator.errors import (
    DeleteConflictError,
    InvalidRequestError,
    LimitExceededError,
    ResourceAlreadyExistsError,
    ResourceNotFoundError,
    UnauthorizedError,
)
from iotjobs_emulator.s3.files import Files
from iotjobs_emulator.s3.folder import Folder
from iotjobs_emulator.s3.signing import Signer
from iotjobs_emulator.streams.objects import Objects
from jobs_world import REGION, START, pages
from streams_world import ROLE, StreamsWorld, file, stream_arn

LARGEST = 24 * 1024 * 1024


@pytest.fixture
def world():
    world = StreamsWorld()
    world.put("a", b"one")
    world.put("b", b"three")
    return world


def create(world, stream_id="s1", **members):
    params = {"streamId": stream_id, "files": [file(0, "a")], "roleArn": ROLE, **members}
    return world.stream_control.create_stream(params)


def describe(world, stream_id="s1"):
    return world.stream_control.describe_stream({"streamId": stream_id})["streamInfo"]


def test_a_stream_is_made_and_described(world):
    files = [file(7, "b", version="null"), file(0, "a")]
    identity = {
        "streamId": "s1",
        "streamArn": stream_arn("s1"),
        "description": "Two files.",
        "streamVersion": 1,
    }
    assert create(world, description="Two files.", files=files) == identity
    assert describe(world) == {
        **identity,
        "files": files,
        "roleArn": ROLE,
        "createdAt": START,
        "lastUpdatedAt": START,
    }


def test_each_update_is_the_next_version_whatever_it_changes(world):
    create(world, description="Old.")
    world.clock.advance(5)
    for version, change in (
        (2, {"description": "New."}),
        (3, {"files": [file(3, "b")]}),
        (4, {"roleArn": ROLE + "2"}),
        (5, {}),
    ):
        answer = world.stream_control.update_stream({"streamId": "s1", **change})
        assert answer["streamVersion"] == version
    found = describe(world)
    assert (found["description"], found["roleArn"]) == ("New.", ROLE + "2")
    assert found["files"] == [file(3, "b")]
    assert (found["createdAt"], found["lastUpdatedAt"]) == (START, START + 5)


def test_a_version_has_two_bytes(world):
    create(world)
    world.database.execute("UPDATE streams SET version = 65534")
    assert world.stream_control.update_stream({"streamId": "s1"})["streamVersion"] == 65535
    with pytest.raises(LimitExceededError, match="65535"):
        world.stream_control.update_stream({"streamId": "s1"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"files": [file(0, "a"), file(0, "b")]}, "fileId 0 comes twice"),
        ({"files": [file(n, "a") for n in range(51)]}, "1 to 50 entries, not 51"),
        ({"files": []}, "1 to 50 entries, not 0"),
        ({"files": [{"s3Location": {"bucket": "bucket", "key": "a"}}]}, "fileId is required"),
        ({"files": [{"fileId": 0}]}, "s3Location is required"),
        ({"files": [{"fileId": 0, "s3Location": {"key": "a"}}]}, "bucket is required"),
        ({"files": [{"fileId": 0, "s3Location": {"bucket": "bucket"}}]}, "key is required"),
        ({"files": [file(0, "a", version="v1")]}, "keeps no versions"),
        ({"files": [{"fileId": 0, "s3Location": {"bucket": "B!", "key": "a"}}]}, "no name of a"),
        ({"roleArn": "arn:aws:iam::1:user/somebody"}, "roleArn must match"),
        ({"streamId": "no/stream"}, "streamId must match"),
    ],
)
def test_a_request_of_the_wrong_form_names_what_is_wrong(world, change, words):
    with pytest.raises(InvalidRequestError, match=words):
        create(world, **change)
    assert world.stream_control.list_streams({})["streams"] == []


def test_what_is_not_in_s3_cannot_be_streamed(world):
    with pytest.raises(ResourceNotFoundError, match="s3://bucket/c: NoSuchKey"):
        create(world, files=[file(0, "c")])
    create(world)
    with pytest.raises(ResourceNotFoundError, match="s3://bucket/c: NoSuchKey"):
        world.stream_control.update_stream({"streamId": "s1", "files": [file(0, "c")]})
    assert describe(world)["streamVersion"] == 1


def test_what_nobody_may_read_is_not_the_roles(tmp_path):
    (tmp_path / "files" / "bucket").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "files" / "bucket" / "a").symlink_to(tmp_path / "secret")
    world = StreamsWorld(files=Files(Folder(tmp_path / "files"), Signer(b"secret", REGION)))
    with pytest.raises(UnauthorizedError, match="s3://bucket/a: AccessDenied"):
        create(world)


def test_without_files_it_says_how_to_have_some(world):
    world.stream_control._objects = Objects(None)
    with pytest.raises(ResourceNotFoundError, match="tools/emulator --files DIR"):
        create(world)


def test_a_file_has_24_mib_at_most(world):
    world.put("largest", bytes(LARGEST))
    world.put("larger", bytes(LARGEST + 1))
    create(world, files=[file(0, "largest")])
    with pytest.raises(LimitExceededError, match=f"{LARGEST + 1} bytes"):
        create(world, "s2", files=[file(0, "larger")])


def test_a_stream_id_is_taken_once(world):
    create(world)
    with pytest.raises(ResourceAlreadyExistsError) as caught:
        create(world)
    assert caught.value.members == {"resourceId": "s1", "resourceArn": stream_arn("s1")}


def test_streams_are_listed_from_either_end_in_pages(world):
    for number in range(5):
        create(world, f"s{number}")

    def ids(**params):
        found = pages(world.stream_control.list_streams, maxResults=2, **params)
        return [[stream["streamId"] for stream in page] for page in found]

    assert ids() == [["s4", "s3"], ["s2", "s1"], ["s0"]]
    assert ids(ascendingOrder=True) == [["s0", "s1"], ["s2", "s3"], ["s4"]]
    [first, *_] = world.stream_control.list_streams({"maxResults": 1})["streams"]
    assert first == {"streamId": "s4", "streamArn": stream_arn("s4"), "streamVersion": 1}


def test_a_token_of_one_order_is_none_of_the_other(world):
    for number in range(3):
        create(world, f"s{number}")
    token = world.stream_control.list_streams({"maxResults": 1})["nextToken"]
    with pytest.raises(InvalidRequestError, match="nextToken"):
        world.stream_control.list_streams({"nextToken": token, "ascendingOrder": True})


def test_a_deleted_stream_is_gone_and_its_id_is_free(world):
    create(world, tags=[{"Key": "k", "Value": "v"}])
    assert world.stream_control.delete_stream({"streamId": "s1"}) == {}
    for operation in ("describe_stream", "update_stream", "delete_stream"):
        with pytest.raises(ResourceNotFoundError, match="Stream s1 not found"):
            getattr(world.stream_control, operation)({"streamId": "s1"})
    create(world)
    assert describe(world)["streamVersion"] == 1
    arn = {"resourceArn": stream_arn("s1")}
    assert world.control.list_tags_for_resource(arn)["tags"] == []


def test_a_stream_that_somebody_needs_stays(world):
    create(world)
    world.stream_control.user_of = {"s1": "the OTA update u1"}.get
    with pytest.raises(DeleteConflictError, match="s1 is used by the OTA update u1"):
        world.stream_control.delete_stream({"streamId": "s1"})


def test_a_stream_has_tags(world):
    create(world, tags=[{"Key": "k", "Value": "v"}])
    arn = {"resourceArn": stream_arn("s1")}
    world.control.tag_resource({**arn, "tags": [{"Key": "l", "Value": "w"}]})
    world.control.untag_resource({**arn, "tagKeys": ["k"]})
    assert world.control.list_tags_for_resource(arn)["tags"] == [{"Key": "l", "Value": "w"}]
    with pytest.raises(ResourceNotFoundError):
        world.control.list_tags_for_resource({"resourceArn": stream_arn("s2")})


def test_streams_outlive_a_restart(tmp_path):
    world = StreamsWorld(str(tmp_path / "state"))
    world.create_stream("s1", 300, description="Kept.")
    before = describe(world)
    world.database.close()
    again = StreamsWorld(str(tmp_path / "state"), world.clock)
    again.memory = world.memory
    assert describe(again) == before
