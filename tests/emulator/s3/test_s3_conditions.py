"""Conditions and ranges: what of an object is sent, if anything."""

import time

import pytest
from iotjobs_emulator.s3.conditions import http_date, is_modified, wanted_range
from iotjobs_emulator.s3.errors import S3Error

ETAG = '"0123"'
CHANGED = 1_700_000_000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
EARLIER, LATER = "Tue, 14 Nov 2023 22:13:19 GMT", "Tue, 14 Nov 2023 22:13:21 GMT"


def test_the_date_is_that_of_http():
    assert http_date(CHANGED) == DATE


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ({}, True),
        ({"If-None-Match": ETAG}, False),
        ({"If-None-Match": "W/" + ETAG}, False),
        ({"If-None-Match": "0123"}, False),  # S3 takes it so
        ({"If-None-Match": '"x", ' + ETAG}, False),
        ({"If-None-Match": "*"}, False),
        ({"If-None-Match": '"x"'}, True),
        ({"If-None-Match": '"x"', "If-Modified-Since": LATER}, True),  # the tag is better
        ({"If-None-Match": ETAG, "If-Modified-Since": EARLIER}, False),
        ({"If-Modified-Since": EARLIER}, True),
        ({"If-Modified-Since": DATE}, False),
        ({"If-Modified-Since": LATER}, False),
        ({"If-Modified-Since": "yesterday"}, True),
        ({"If-Match": ETAG}, True),
        ({"If-Match": "*"}, True),
        ({"If-Match": '"x"'}, "If-Match"),
        ({"If-Match": "W/" + ETAG}, "If-Match"),  # one that is weak may be of other bytes
        ({"If-Match": 'W/"x", ' + ETAG}, True),
        ({"If-Match": ""}, "If-Match"),
        ({"If-Unmodified-Since": DATE}, True),
        ({"If-Unmodified-Since": EARLIER}, "If-Unmodified-Since"),
        ({"If-Unmodified-Since": "x"}, True),
        ({"If-Match": ETAG, "If-Unmodified-Since": EARLIER}, True),
    ],
)
def test_an_object_is_sent_unless_the_client_has_it_or_wants_another(headers, sent):
    if isinstance(sent, bool):
        assert is_modified(headers, ETAG, CHANGED) is sent
        return
    with pytest.raises(S3Error) as caught:
        is_modified(headers, ETAG, CHANGED)
    assert (caught.value.status, caught.value.code) == (412, "PreconditionFailed")
    assert caught.value.details == {"Condition": sent}


@pytest.mark.parametrize(
    "date", [DATE, "Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023"]
)
def test_each_form_of_a_date_is_in_utc_wherever_the_machine_is(date, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert not is_modified({"If-Modified-Since": date}, ETAG, CHANGED)
        assert is_modified({"If-Modified-Since": date}, ETAG, CHANGED + 1)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", (0, 10)),
        ("bytes=3-", (3, 10)),
        ("bytes=9-", (9, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=3-5", (3, 6)),
        ("bytes=3-99", (3, 10)),
        (" bytes=3-5 ", (3, 6)),
        ("Bytes=3-5", (3, 6)),
        ("bytes=-4", (6, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("bytes=x-", None),
        ("bytes=1-2,4-5", None),
        ("bytes 1-2", None),
        ("bytes=\u0661-", None),
        ("items=1-2", None),
        ("bytes=" + "9" * 31 + "-", None),
        ("", None),
    ],
)
def test_one_range_is_a_part_and_anything_else_the_whole(asked, part):
    assert wanted_range({"Range": asked}, ETAG, CHANGED, 10) == part


@pytest.mark.parametrize(
    ("asked", "size"),
    [("bytes=10-", 10), ("bytes=10-12", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)],
)
def test_a_part_that_is_not_there_is_an_error(asked, size):
    with pytest.raises(S3Error) as caught:
        wanted_range({"Range": asked}, ETAG, CHANGED, size)
    assert (caught.value.status, caught.value.code) == (416, "InvalidRange")
    assert caught.value.details == {"RangeRequested": asked, "ActualObjectSize": size}


@pytest.mark.parametrize(
    ("if_range", "is_part"),
    [
        (ETAG, True),
        (DATE, True),
        ('"x"', False),
        ("W/" + ETAG, False),
        (LATER, False),
        ("", False),
    ],
)
def test_a_part_is_sent_only_of_the_object_that_the_client_has(if_range, is_part):
    headers = {"Range": "bytes=3-", "If-Range": if_range}
    assert (wanted_range(headers, ETAG, CHANGED, 10) is not None) is is_part
    headers["Range"] = "bytes=10-"
    if not is_part:  # nothing that is not there is asked for
        assert wanted_range(headers, ETAG, CHANGED, 10) is None
