"""What is kept of the trace, what a line of it says, and what it never holds."""

import asyncio
import json

import pytest
from iotjobs_emulator.console.entries import (
    DETAIL_CHARACTERS,
    PAYLOAD_BYTES,
    entry_from,
    entry_of,
    line_of,
)
from iotjobs_emulator.console.trace_log import TraceLog
from iotjobs_emulator.mqtt import TraceEvent
from iotjobs_emulator.mqtt.packets import Connect
from iotjobs_emulator.mqtt.trace import event_of
from iotjobs_emulator.show import trace_line
from mqtt_client import TIMEOUT

TOPIC = "$aws/things/lamp/jobs/get"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


def message(payload=b"{}", topic=TOPIC, client="lamp", **members):
    return TraceEvent(1700000000.25, "in", client, "PUBLISH", topic, payload, 1, **members)


def line(event):
    return json.loads(line_of(entry_of(7, event)))


def filled(count, **bounds):
    log = TraceLog(**bounds)
    for number in range(1, count + 1):
        log.add(message(b"%d" % number))
    return log


def numbers(log, after=0, count=10**6):
    lost, entries = log.read(after, count)
    assert [entry.payload for entry in entries] == [b"%d" % entry.number for entry in entries]
    return lost, [entry.number for entry in entries]


# the ring


def test_entries_are_numbered_from_one_and_read_in_order_and_portions():
    log = filled(5)
    assert (log.first, log.last, len(log)) == (1, 5, 5)
    assert numbers(log) == (0, [1, 2, 3, 4, 5])
    assert numbers(log, after=2, count=2) == (0, [3, 4])
    assert numbers(log, after=5) == (0, [])


def test_the_oldest_make_room_and_a_reader_is_told_how_many_it_lost():
    log = filled(10, max_entries=4)
    assert (log.first, log.last, len(log)) == (7, 10, 4)
    assert numbers(log) == (6, [7, 8, 9, 10])
    assert numbers(log, after=5, count=1) == (1, [7])
    assert numbers(log, after=8) == (0, [9, 10])


def test_bytes_are_bounded_as_entries_are():
    log = TraceLog(max_entries=1000, max_bytes=50_000)
    for _ in range(100):
        log.add(message(bytes(4000)))
    assert len(log) == 50_000 // entry_of(1, message(bytes(4000))).size
    log.add(message(b"small"))
    assert log.last == 101
    assert log.read(100, 9).entries[0].payload == b"small"


def test_an_entry_larger_than_the_bound_is_kept_alone():
    log = TraceLog(max_bytes=100)
    log.add(message(b"1"))
    log.add(message(b"2"))
    assert numbers(log) == (1, [2])


def test_a_number_of_another_life_of_the_emulator_reads_everything():
    assert numbers(filled(3), after=900) == (0, [1, 2, 3])


async def test_a_follower_wakes_for_news_and_for_the_end_and_no_one_else_is_kept():
    log = filled(1)
    await log.news(0)  # there is some already
    waiting = asyncio.ensure_future(log.news(1))
    given_up = asyncio.ensure_future(log.news(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    given_up.cancel()
    await asyncio.sleep(0)
    assert len(log._waiting) == 1
    log.add(message(b"2"))
    await asyncio.wait_for(waiting, TIMEOUT)
    last = asyncio.ensure_future(log.news(2))
    await asyncio.sleep(0)
    log.close()
    await asyncio.wait_for(last, TIMEOUT)
    await log.news(2)
    assert not log._waiting


# a line


def test_a_line_says_all_of_a_message():
    assert line(message(b'{"a":"\xc3\xa9"}', detail="id=3 dup")) == {
        "number": 7,
        "time": 1700000000.25,
        "client": "lamp",
        "direction": "in",
        "packet": "PUBLISH",
        "topic": TOPIC,
        "payload": '{"a":"é"}',
        "payloadBytes": 10,
        "qos": 1,
        "detail": "id=3 dup",
    }


CUT = PAYLOAD_BYTES


@pytest.mark.parametrize(
    ("payload", "shown", "flags"),
    [
        (b"", "", {}),
        (b"a" * CUT, "a" * CUT, {}),
        (b"a" * (CUT + 1), "a" * CUT, {"payloadCut": True}),
        # cut within a character: that one is left out
        (b"a" * (CUT - 1) + "é".encode(), "a" * (CUT - 1), {"payloadCut": True}),
        (b"\xff\x00", "/wA=", {"payloadBase64": True}),
        (b"abc\xc3", "YWJjww==", {"payloadBase64": True}),  # not cut: no text at all
        (b"a\nb\x00", "a\nb\x00", {}),
    ],
)
def test_a_payload_is_text_or_base64_and_its_full_length_is_told(payload, shown, flags):
    told = line(message(payload))
    assert told["payload"] == shown
    assert told["payloadBytes"] == len(payload)
    assert {name: told[name] for name in ("payloadBase64", "payloadCut") if name in told} == flags


@pytest.mark.parametrize("text", ["line\nfeed", "\u2028", "\ud800"])
def test_a_line_is_one_line_of_utf_8_whatever_is_in_it(text):
    written = line_of(entry_of(1, message(topic=text, client=text, detail=text)))
    assert written.count(b"\n") == 1
    assert json.loads(written.decode())["topic"] == text


def test_a_detail_is_cut():
    assert len(line(message(detail="x" * 10_000))["detail"]) == DETAIL_CHARACTERS


@pytest.mark.parametrize("payload", [b"{}", b"\xff", b"x" * (CUT + 9)])
def test_who_follows_from_elsewhere_prints_the_line_that_the_emulator_prints(payload):
    event = message(payload, detail="id=3")
    entry = entry_from(line(event))
    here = trace_line(event, packets=True)
    assert trace_line(entry, packets=True, payload_bytes=entry.payload_bytes) == here


# HTTP


def http(*, method="PUT", target="/things/x/jobs/$next", request=b"{}", status=200, answer=b"{}"):
    log = TraceLog(clock=lambda: 5.0)
    log.add_http("x", method, target, request, status, answer)
    return [json.loads(line_of(entry)) for entry in log.read(0, 9).entries]


def test_an_http_request_is_two_entries_with_its_bodies():
    asked, answered = http(request=b'{"a":1}', answer=b'{"b":2}')
    assert (asked["packet"], asked["direction"], asked["client"]) == ("HTTP", "in", "x")
    assert (asked["detail"], asked["payload"]) == ("PUT /things/x/jobs/$next", '{"a":1}')
    assert answered["direction"] == "out"
    assert (answered["detail"], answered["payload"]) == ("PUT /things/x/jobs/$next 200", '{"b":2}')
    assert asked["time"] == answered["time"] == 5.0


# secrets


@pytest.mark.parametrize(
    "target",
    [
        "/keys-and-certificate?setAsActive=true",
        "/keys-and-certificate",
        "/provisioning-templates/t/provisioning-claim",
    ],
)
def test_the_answers_that_make_keys_are_withheld_whatever_they_look_like(target):
    asked, answered = http(method="POST", target=target, request=b"ask", answer=b"the key")
    assert asked["payload"] == "ask"
    assert "withheld" in answered["payload"]
    assert "the key" not in json.dumps(answered)


@pytest.mark.parametrize("begin", ["RSA PRIVATE", "EC PRIVATE", "PRIVATE", "ENCRYPTED PRIVATE"])
def test_a_private_key_is_withheld_wherever_it_is(begin):
    secret = KEY.replace("RSA PRIVATE", begin)
    for payload in (secret, json.dumps({"privateKey": secret}), "x" * 9000 + secret):
        told = line(message(payload.encode()))
        assert "withheld" in told["payload"]
        assert "MIIE" not in json.dumps(told)


def test_a_certificate_is_no_secret():
    pem = "-----BEGIN CERTIFICATE-----\nMIIE"
    assert line(message(pem.encode()))["payload"] == pem


def test_a_presigned_url_loses_its_signature():
    query = "X-Amz-Credential=AKIDX%2F1&X-Amz-Date=1&X-Amz-Signature=abc1&x-amz-security-token=t9"
    for entry in http(target=f"/jobs?{query}&maxResults=3"):
        assert not any(secret in entry["detail"] for secret in ("AKIDX", "abc1", "t9"))
        assert "X-Amz-Date=1" in entry["detail"]
        assert "maxResults=3" in entry["detail"]


@pytest.mark.parametrize("in_string", [False, True])
def test_a_presigned_url_in_a_document_loses_its_signature(in_string):
    url = "https://s3/b/k?X-Amz-Credential=AKIDX%2F1&X-Amz-Expires=60&X-Amz-Signature=abc1"
    document = json.dumps({"url": url, "more": ["x"]})
    payload = json.dumps({"jobDocument": document if in_string else {"url": url, "more": ["x"]}})
    told = line(message(payload.encode()))
    assert not any(secret in told["payload"] for secret in ("AKIDX", "abc1"))
    shown = json.loads(told["payload"])["jobDocument"]
    shown = json.loads(shown) if in_string else shown
    assert shown["more"] == ["x"]
    assert shown["url"].endswith("&X-Amz-Expires=60&X-Amz-Signature=(withheld)")
    assert "payloadCut" not in told


def test_a_password_is_no_part_of_the_trace():
    connect = Connect("lamp", True, 60, None, "the-user", b"the-secret")
    told = json.dumps(line(event_of(1.0, "in", "lamp", connect)))
    assert "the-secret" not in told
    assert "the-user" not in told
