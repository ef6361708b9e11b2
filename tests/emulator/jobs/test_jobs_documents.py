"""Job documents: which are accepted, and that they reach a device as they were given."""

import json

import pytest
from iotjobs_emulator.errors import InvalidRequestError
from jobs_world import DOCUMENT, World


@pytest.mark.parametrize(
    "document",
    [
        DOCUMENT,
        "{}",
        ' {"a": [1.50, 1e3, "\\u00e9\\ud800", 123456789012345678901234567890]} ',
        '{"x":"' + "y" * (32_768 - 8) + '"}',
        '{"x":' + "[" * 255 + "]" * 255 + "}",
    ],
    ids=["sample", "empty", "numbers", "largest", "deepest"],
)
def test_a_document_is_kept_as_given_and_means_the_same_to_a_device(world, document):
    world.create("job", document=document)
    assert world.control.get_job_document({"jobId": "job"}) == {"document": document}
    _, answer = world.ask("job/get")
    assert answer["execution"]["jobDocument"] == json.loads(document)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("", "JSON"),
        ("not json", "JSON"),
        ('{"a":1', "JSON"),
        ('{"a":NaN}', "NaN"),
        ('{"a":-Infinity}', "Infinity"),
        ("[1]", "object"),
        ('"text"', "object"),
        ("null", "object"),
        ('{"x":"' + "y" * (32_768 - 7) + '"}', "32769 bytes"),
        ('{"x":"' + "\u20ac" * 10_921 + '"}', "32771 bytes"),
        ('{"x":' + "[" * 256 + "]" * 256 + "}", "256 levels"),
        ('{"x":' + "[" * 15_000 + "]" * 15_000 + "}", "levels|deep"),
        ('{"a":1e400}', "too large"),
        ('{"a":[-1e400]}', "too large"),
        ('{"a":' + "9" * 5000 + "}", "too large"),
        ('{"a":"\ud800"}', "surrogate"),
        (None, "required"),
        ({"operation": "blink"}, "string"),
    ],
)
def test_a_document_that_no_device_could_read_is_refused(world, document, why):
    with pytest.raises(InvalidRequestError, match=f"document.*({why})"):
        world.create("job", document=document)
    assert world.control.list_jobs({}) == {"jobs": []}


WITH_NULLS = (
    '{"operation":"config","settings":{"a":null,"b":{"c":null,"d":1}},'
    '"list":[null,{"e":null}],"wait":null}'
)
WITHOUT = {"operation": "config", "settings": {"b": {"d": 1}}, "list": [None, {}]}


def test_a_null_reaches_the_device_unless_the_emulator_drops_it(world):
    for one, document in ((world, json.loads(WITH_NULLS)), (World(drops_nulls=True), WITHOUT)):
        one.create("job", document=WITH_NULLS)
        kept = one.control.get_job_document({"jobId": "job"})
        assert kept == {"document": WITH_NULLS}
        (notified,) = (n for n in one.notifications() if n.kind == "notify-next")
        assert notified.payload["execution"]["jobDocument"] == document
        assert one.ask("job/get")[1]["execution"]["jobDocument"] == document
        assert json.loads(one.start()["jobDocument"]) == document
