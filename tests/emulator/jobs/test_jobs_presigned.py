"""S3 placeholders in job documents: filled in whenever a device gets the document, or refused."""

import json

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import START, World, job_arn, job_template_arn, managed_template_arn, retries
from s3_world import CONFIG, HOST, ROLE, S3, Bucket, placeholder

EXPIRED = ("AccessDenied", "Request has expired")


@pytest.fixture
def bucket(tmp_path):
    return Bucket(tmp_path)


@pytest.fixture
def world(bucket):
    return World(files=bucket.files)


def create(world, url, job_id="job", config=CONFIG, **members):
    document = json.dumps({"operation": "download", "url": url})
    members = {"document": document, **members}
    return world.create(job_id, presignedUrlConfig=config, **members)


def url_in(execution):
    document = execution["jobDocument"]
    return (json.loads(document) if isinstance(document, str) else document)["url"]


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (placeholder("a.bin"), ("bucket", "a.bin")),
        (placeholder("a%20b/%C3%A9.bin"), ("bucket", "a b/é.bin")),
        (placeholder("a.bin", url="https://s3.amazonaws.com/bucket/"), ("bucket", "a.bin")),
        (placeholder("a", url="https://bucket.s3.us-east-1.amazonaws.com/"), ("bucket", "a")),
        (placeholder("a.bin", ""), ("bucket", "a.bin")),
        (placeholder("a%20b é", ""), ("bucket", "a%20b é")),
        (placeholder("a.bin", "", "https://bucket.s3.amazonaws.com/"), ("bucket", "a.bin")),
        (placeholder("a/b.bin", "", "bucket/"), ("bucket", "a/b.bin")),
    ],
)
def test_each_form_of_a_placeholder_becomes_a_url_of_its_object(world, bucket, url, named):
    create(world, url)
    assert bucket.named_by(url_in(world.start()), START) == named


def test_a_url_is_valid_for_as_long_as_the_job_says(world, bucket):
    create(world, placeholder(), "short")
    create(world, placeholder(), "long", {"roleArn": ROLE})
    for job_id, seconds in (("short", 60), ("long", 3600)):
        url = url_in(world.describe(job_id))
        assert bucket.named_by(url, START + seconds) == ("bucket", "a.bin")
        assert bucket.named_by(url, START + seconds + 1) == EXPIRED


def test_each_way_in_which_a_device_gets_the_document_signs_anew(world, bucket):
    create(world, placeholder())
    (notified,) = (n for n in world.notifications() if n.kind == "notify-next")
    ways = [
        lambda: notified.payload["execution"],
        world.start,
        world.start,
        lambda: world.describe("job"),
        lambda: world.describe("$next"),
        lambda: world.ask("start-next")[1]["execution"],
        lambda: world.ask("job/get")[1]["execution"],
        lambda: world.update("job", "IN_PROGRESS", includeJobDocument=True),
    ]
    seen = set()
    for way in ways:
        url = url_in(way())
        now = world.clock.time()
        assert bucket.named_by(url, now + 60) == ("bucket", "a.bin")
        assert bucket.named_by(url, now + 61) == EXPIRED
        seen.add(url)
        world.wait(1)
    assert len(seen) == len(ways)


def test_a_retry_gets_a_url_that_is_valid_again(world, bucket):
    create(world, placeholder(), jobExecutionsRetryConfig=retries(FAILED=1))
    first = url_in(world.start())
    world.wait(61)
    world.update("job", "FAILED")
    second = url_in(world.start())
    now = world.clock.time()
    assert bucket.named_by(first, now) == EXPIRED
    assert bucket.named_by(second, now) == ("bucket", "a.bin")


def test_operators_see_the_placeholder(world):
    create(world, placeholder())
    world.start()
    document = json.dumps({"operation": "download", "url": placeholder()})
    for before in (True, False):
        params = {"jobId": "job", "beforeSubstitution": before}
        assert world.control.get_job_document(params) == {"document": document}
    assert world.job("job")["presignedUrlConfig"] == CONFIG


def test_a_placeholder_is_found_wherever_a_string_has_one(world, bucket):
    escaped = placeholder("c").replace("/", "\\/").replace("$", "\\u0024").replace("i", "\\u0069")
    document = (
        f'{{"url": "x {placeholder("a")} y {placeholder("b")}",'
        f' "deep": [{{"{placeholder("k")}": "{escaped}"}}], "quoted": "\\"\\\\",'
        f' "kept": "\\u00e9 $ {{aws:iot:s3}} ${{aws:iot:parameter:x}}", "n": 1.50}}'
    )
    create(world, "", document=document)
    handed = world.start()["jobDocument"]
    assert '"quoted": "\\"\\\\"' in handed and '"n": 1.50}' in handed
    assert '"kept": "\\u00e9 $ {aws:iot:s3} ${aws:iot:parameter:x}"' in handed
    found = json.loads(handed)
    x, first, y, second = found["url"].split(" ")
    assert (x, y) == ("x", "y")
    ((key, value),) = found["deep"][0].items()
    for url, name in ((first, "a"), (second, "b"), (key, "k"), (value, "c")):
        assert bucket.named_by(url, START) == ("bucket", name)


def test_a_placeholder_behind_escapes_alone_is_found_too(world, bucket):
    document = f'{{"url": "{placeholder().replace("$", chr(92) + "u0024")}"}}'
    with pytest.raises(InvalidRequestError, match="presignedUrlConfig with a roleArn"):
        create(world, "", document=document, config=None)
    create(world, "", document=document)
    assert bucket.named_by(url_in(world.start()), START) == ("bucket", "a.bin")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (placeholder("a", "-v1"), "s3-presigned-url and s3-presigned-url-v2 alone"),
        (placeholder("a", "-upload"), "s3-presigned-url and s3-presigned-url-v2 alone"),
        (placeholder("a", "-v3"), "s3-presigned-url and s3-presigned-url-v2 alone"),
        (placeholder("a b"), "not percent-encoded"),
        (placeholder("a%3FversionId%3D1"), "versionId is not supported"),
        (placeholder("a?versionId=1", ""), "versionId is not supported"),
        (placeholder("", url="bucket/a"), "https://"),
        (placeholder("a", url="http://s3.amazonaws.com/bucket/"), "https://"),
        (placeholder("a", url="https://example.com/bucket/"), "no endpoint of S3"),
        (placeholder("a", "", "s3://bucket/"), "https://"),
        (placeholder("a", url=f"{S3}/nothing/"), "no bucket nothing"),
        (placeholder("", ""), "no key"),
        (placeholder("", "", ""), "no name of a bucket"),
        ("${aws:iot:s3-presigned-url}", "none that the service fills in"),
        ("${aws:iot:s3-presigned-url-v2}", "none that the service fills in"),
        ("${aws:iot:s3-presigned-url:", "none that the service fills in"),
        (placeholder("a") + "${aws:iot:s3-presigned-url-v2", "none that the service fills in"),
        (placeholder("a\ud800", ""), "surrogate|UTF-8"),
        (placeholder(placeholder("a"), ""), "another placeholder"),
        (placeholder(placeholder("a", "")), "another placeholder"),
        (placeholder("${thingName}", ""), "another placeholder"),
        (placeholder("${thingName}", "-upload"), "s3-presigned-url and s3-presigned-url-v2 alone"),
    ],
)
def test_what_is_not_filled_in_is_refused_by_name(world, url, why):
    with pytest.raises(InvalidRequestError, match=why) as caught:
        create(world, url)
    assert "s3-presigned-url" in caught.value.message
    assert world.control.list_jobs({}) == {"jobs": []}


@pytest.mark.parametrize(
    "place",
    [
        "${aws:iot:package:fw:version:1.0:artifact:s3-presigned-url}",
        "${aws:iot:package:fw:version:1.0:attributes}",
        "${aws:iot:code-sign-signature:s3://bucket/key}",
        "${aws:iot:anything}",
        "${aws:iot:",
    ],
)
def test_what_the_emulator_does_not_fill_in_is_refused_by_name(world, place):
    why = "the emulator fills in s3-presigned-url and s3-presigned-url-v2 alone"
    for text in (place, f"x {placeholder()} {place}"):
        with pytest.raises(InvalidRequestError) as caught:
            create(world, text)
        assert caught.value.message == f"document: '{place}' is not filled in: {why}"
    with pytest.raises(InvalidRequestError, match="is not filled in"):
        World().create("job", document=json.dumps({"url": place}))


@pytest.mark.parametrize("config", [None, {}, {"expiresInSec": 60}])
def test_a_placeholder_needs_a_role(world, config):
    with pytest.raises(InvalidRequestError, match="it needs presignedUrlConfig with a roleArn"):
        create(world, placeholder(), config=config)


def test_a_placeholder_needs_files():
    with pytest.raises(InvalidRequestError, match="tools/emulator --files DIR"):
        create(World(), placeholder())
    create(World(), "x")


def test_a_file_need_not_be_there_yet(world, bucket):
    create(world, placeholder("later.bin"))
    assert bucket.named_by(url_in(world.start()), START) == ("bucket", "later.bin")


def test_a_document_must_fit_with_its_urls(world):
    create(world, placeholder("a"), "probe")
    size = len(url_in(world.describe("probe")))
    most = 32_768 // (size + 3) + 1
    document = json.dumps({str(n): placeholder("a") for n in range(most)})
    assert len(document) < 32_768
    with pytest.raises(InvalidRequestError, match="bytes with its presigned URLs, at most 32768"):
        create(world, "", document=document)
    document = json.dumps({str(n): placeholder("a") for n in range(most - 2)})
    create(world, "", document=document)
    assert len(world.describe("job")["jobDocument"]) <= 32_768


def test_update_job_changes_how_long_urls_are_valid(world, bucket):
    create(world, placeholder())
    changed = {"roleArn": ROLE, "expiresInSec": 600}
    world.control.update_job({"jobId": "job", "presignedUrlConfig": changed})
    assert world.job("job")["presignedUrlConfig"] == changed
    assert bucket.named_by(url_in(world.start()), START + 600) == ("bucket", "a.bin")
    for config in ({}, {"expiresInSec": 60}):
        with pytest.raises(InvalidRequestError, match="presignedUrlConfig with a roleArn"):
            world.control.update_job({"jobId": "job", "presignedUrlConfig": config})
    assert world.job("job")["presignedUrlConfig"] == changed


def test_templates_take_placeholders_as_create_job_does(world, bucket):
    document = json.dumps({"url": placeholder()})
    with pytest.raises(InvalidRequestError, match="presignedUrlConfig with a roleArn"):
        world.create_template("t", document=document)
    world.create_template("t", document=document, presignedUrlConfig=CONFIG)
    world.create_from(job_template_arn("t"))
    assert world.job("job")["presignedUrlConfig"] == CONFIG
    assert bucket.named_by(url_in(world.start()), START) == ("bucket", "a.bin")
    world.create_template("u", document=None, jobArn=job_arn("job"))
    template = world.control.describe_job_template({"jobTemplateId": "u"})
    assert (template["document"], template["presignedUrlConfig"]) == (document, CONFIG)


def test_a_parameter_of_a_managed_template_may_be_a_placeholder(world, bucket):
    parameters = {"downloadUrl": placeholder(), "filePath": "/a"}
    arn = managed_template_arn("AWS-Download-File")
    with pytest.raises(InvalidRequestError, match="presignedUrlConfig with a roleArn"):
        world.create_from(arn, documentParameters=parameters)
    world.create_from(arn, documentParameters=parameters, presignedUrlConfig=CONFIG)
    steps = json.loads(world.start()["jobDocument"])["steps"]
    assert bucket.named_by(steps[0]["action"]["input"]["args"][0], START) == ("bucket", "a.bin")


def test_an_emulator_that_is_started_again_without_files_hands_nothing_out(tmp_path, bucket):
    first = World(str(tmp_path / "state"), files=bucket.files)
    create(first, placeholder())
    create(first, "x", "plain")
    without = first.restarted()
    for rest in ("start-next", "job/get"):
        verdict, answer = without.ask(rest)
        assert (verdict, answer["code"]) == ("rejected", "InternalError")
        assert "tools/emulator --files DIR" in answer["message"]
    assert without.execution("job")["status"] == "QUEUED"
    without.control.update_job({"jobId": "job", "description": "x"})
    without.cancel("plain")
    without.create("other", "pump")
    without.delete("other", force=True)
    without.notifications()
    without.create("first", "lamp")
    without.update("first", "SUCCEEDED")  # job is the head, as before
    assert not any("s3-presigned-url" in str(n.payload) for n in without.notifications())
    again = without.restarted(bucket.files)
    assert bucket.named_by(url_in(again.start()), START) == ("bucket", "a.bin")
    again.database.close()


def test_a_head_whose_document_cannot_be_had_is_notified_without_it(tmp_path, bucket):
    first = World(str(tmp_path / "state"), files=bucket.files)
    first.create("before")
    create(first, placeholder())
    without = first.restarted()
    without.update("before", "SUCCEEDED")
    (head,) = (n.payload for n in without.notifications() if n.kind == "notify-next")
    assert head["execution"]["jobId"] == "job"
    assert "jobDocument" not in head["execution"]
    without.database.close()


def test_the_url_needs_no_name_but_the_emulators(world):
    create(world, placeholder())
    assert url_in(world.start()).startswith(f"https://{HOST}/bucket/a.bin?X-Amz-Algorithm=")
