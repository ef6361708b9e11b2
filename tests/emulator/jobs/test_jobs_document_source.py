"""documentSource: job documents out of S3."""

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import DOCUMENT, World, job_arn, job_template_arn, managed_template_arn
from s3_world import CONFIG, S3, Bucket, placeholder


@pytest.fixture
def bucket(tmp_path):
    return Bucket(tmp_path)


@pytest.fixture
def world(bucket):
    return World(files=bucket.files)


def create(world, source, job_id="job", **members):
    members = {"document": None, "documentSource": source, **members}
    return world.create(job_id, **members)


def test_a_job_has_the_document_that_lies_there(world, bucket):
    source = bucket.put("jobs/blink.json", DOCUMENT)
    create(world, source)
    described = world.control.describe_job({"jobId": "job"})
    assert described["documentSource"] == source
    assert "documentSource" not in described["job"]
    assert world.control.get_job_document({"jobId": "job"}) == {"document": DOCUMENT}
    assert world.start()["jobDocument"] == DOCUMENT


def test_a_job_keeps_the_document_that_lay_there_when_it_was_created(world, bucket):
    source = bucket.put("blink.json", DOCUMENT)
    create(world, source)
    bucket.put("blink.json", "{}")
    assert world.start()["jobDocument"] == DOCUMENT
    create(world, source, "other")
    assert world.describe("other")["jobDocument"] == "{}"


@pytest.mark.parametrize(
    "url", ["https://bucket.s3.amazonaws.com/", "https://s3.amazonaws.com/bucket/"]
)
def test_the_source_is_a_url_of_s3_in_any_style(world, bucket, url):
    bucket.put("a b.json", DOCUMENT)
    create(world, f"{url}a%20b.json")
    assert world.start()["jobDocument"] == DOCUMENT


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (f"{S3}/bucket/nothing.json", "NoSuchKey"),
        (f"{S3}/bucket/../secret", "NoSuchKey"),
        (f"{S3}/bucket/link.json", "AccessDenied"),
        (f"{S3}/nothing/a.json", "NoSuchBucket"),
        (f"{S3}/bucket/a.json?versionId=1", "versionId is not supported"),
        (placeholder("a.json"), "https://"),
        ("https://localhost:8444/bucket/a.json", "no endpoint of S3"),
        ("http://s3.amazonaws.com/bucket/a.json", "https://"),
        ("x", "https://"),
        ("", "1 to 1350 characters"),
        (f"{S3}/bucket/" + "x" * 1350, "1 to 1350 characters"),
        (5, "string"),
    ],
)
def test_a_source_that_gives_no_document_is_refused(world, bucket, source, why):
    bucket.put("a.json", DOCUMENT)
    (bucket.folder.parent / "secret").write_text(DOCUMENT)
    (bucket.folder / "bucket" / "link.json").symlink_to("../../secret")
    with pytest.raises(InvalidRequestError, match=f"documentSource.*{why}"):
        create(world, source)
    assert world.control.list_jobs({}) == {"jobs": []}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff{}", "utf-8"),
        (b"no JSON", "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b"", "not valid JSON"),
        (b'{"x":"' + b"y" * (32_768 - 7) + b'"}', "at most 32768 bytes"),
        (b" " * (1 << 20), "at most 32768 bytes"),
        (placeholder().join(('{"url":"', '"}')).encode(), "presignedUrlConfig with a roleArn"),
    ],
)
def test_a_document_from_there_is_as_strict_as_any(world, bucket, content, why):
    with pytest.raises(InvalidRequestError, match=why):
        create(world, bucket.put("a.json", content))


def test_the_largest_document_fits(world, bucket):
    create(world, bucket.put("a.json", '{"x":"' + "y" * (32_768 - 8) + '"}'))


def test_a_document_is_given_once(world, bucket):
    source = bucket.put("a.json", DOCUMENT)
    for request in (world.create, world.create_template):
        with pytest.raises(InvalidRequestError, match="exclude each other"):
            request("job", document=DOCUMENT, documentSource=source)


def test_a_source_needs_files():
    with pytest.raises(InvalidRequestError, match=r"documentSource.*tools/emulator --files DIR"):
        create(World(), f"{S3}/bucket/a.json")


def test_a_template_shows_its_document_and_where_it_came_from(world, bucket):
    source = bucket.put("a.json", DOCUMENT)
    world.create_template("t", document=None, documentSource=source)
    template = world.control.describe_job_template({"jobTemplateId": "t"})
    assert (template["document"], template["documentSource"]) == (DOCUMENT, source)
    bucket.put("a.json", "{}")
    world.create_from(job_template_arn("t"))
    assert world.start()["jobDocument"] == DOCUMENT
    assert "documentSource" not in world.control.describe_job({"jobId": "job"})


def test_a_source_replaces_the_document_of_a_template_and_of_its_job(world, bucket):
    world.create_template("t")
    source = bucket.put("a.json", "{}")
    create(world, source, jobTemplateArn=job_template_arn("t"))
    assert world.start()["jobDocument"] == "{}"
    world.create("other")
    world.create_template("u", document=None, documentSource=source, jobArn=job_arn("other"))
    template = world.control.describe_job_template({"jobTemplateId": "u"})
    assert (template["document"], template["documentSource"]) == ("{}", source)


def test_a_managed_template_takes_no_source(world, bucket):
    arn = managed_template_arn("AWS-Reboot")
    with pytest.raises(InvalidRequestError, match="documentSource does not go with"):
        create(world, bucket.put("a.json", "{}"), jobTemplateArn=arn)


def test_a_state_file_keeps_source_and_configuration(tmp_path, bucket):
    world = World(str(tmp_path / "state"), files=bucket.files)
    source = bucket.put("a.json", DOCUMENT)
    create(world, source, presignedUrlConfig=CONFIG)
    before = world.control.describe_job({"jobId": "job"})
    again = world.restarted(bucket.files)
    assert again.control.describe_job({"jobId": "job"}) == before
    assert before["job"]["presignedUrlConfig"] == CONFIG
    again.database.close()
