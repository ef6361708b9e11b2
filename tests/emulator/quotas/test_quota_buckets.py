"""Quotas as such: their text, the bucket over a clock, and what is counted."""

import pytest
from iotjobs_emulator import cli
from iotjobs_emulator.quotas import (
    DEFAULTS,
    QUOTAS,
    Bucket,
    Quotas,
    QuotaTextError,
    parse_quotas,
)
from iotjobs_emulator.quotas.clients import ClientBuckets
from iotjobs_emulator.quotas.names import CONTROL_PLANE

SINCE_1970 = 1_790_000_000.3


class Clock:
    def __init__(self, now=0.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock(SINCE_1970)


def passed(bucket, tries):
    return sum(bucket.take() for _ in range(tries))


# --- a bucket


@pytest.mark.parametrize(
    ("rate", "at_once", "in_a_minute"),
    [(1, 1, 60), (2, 2, 120), (200, 200, 12_000), (0.5, 1, 30), (2.5, 2, 150)],
)
def test_a_second_s_worth_passes_at_once_and_then_the_rate(clock, rate, at_once, in_a_minute):
    bucket = Bucket(rate, clock)
    assert passed(bucket, 1_000) == at_once
    total = 0
    for _ in range(240):
        clock.now += 0.25
        total += passed(bucket, 1_000)
    assert total == in_a_minute


def test_it_holds_no_more_than_a_second_s_worth_however_long_nothing_came(clock):
    bucket = Bucket(5, clock)
    clock.now += 3600
    assert passed(bucket, 100) == 5


def test_what_does_not_pass_takes_nothing(clock):
    bucket = Bucket(2, clock)
    assert passed(bucket, 50) == 2
    clock.now += 0.5
    assert passed(bucket, 50) == 1


@pytest.mark.parametrize("rate", [1, 3, 10, 7.7])
def test_who_comes_as_often_as_the_rate_says_always_passes(clock, rate):
    bucket = Bucket(rate, clock)
    passed(bucket, int(rate))
    for number in range(1, 1_000):
        clock.now = SINCE_1970 + number / rate  # as near to it as a float is
        assert bucket.take()


def test_more_than_it_holds_passes_when_it_is_full_and_is_owed_then(clock):
    bucket = Bucket(4, clock)
    assert bucket.take(1)
    assert not bucket.take(8)
    clock.now += 0.25
    assert bucket.take(8)
    clock.now += 1.0
    assert not bucket.take(1)
    clock.now += 0.25
    assert bucket.take(1)


def test_it_tells_how_long_to_wait_and_no_longer(clock):
    bucket = Bucket(4, clock)
    assert bucket.wait() == 0
    assert bucket.take(4)
    assert bucket.wait(2) == pytest.approx(0.5, abs=1e-5)
    clock.now += bucket.wait(2)
    assert bucket.take(2)


def test_a_clock_that_is_set_back_fills_nothing_and_takes_nothing(clock):
    bucket = Bucket(2, clock)
    assert bucket.take()
    clock.now -= 100
    assert bucket.take()
    assert not bucket.take()
    clock.now += 100
    assert not bucket.take()
    clock.now += 0.5
    assert bucket.take()


def test_each_client_has_its_own_and_is_forgotten_when_that_does_not_matter(clock):
    buckets = ClientBuckets(1, clock)
    assert [buckets.of(name).take() for name in "aba"] == [True, True, False]
    for number in range(25_000):
        clock.now += 0.001
        assert buckets.of(f"client {number}").take()
        assert not any(buckets.of(f"client {n}").take() for n in (number, max(number - 1, 0)))
    assert len(buckets) <= 10_000


# --- the text


def test_the_text_names_quotas_and_what_stands_further_right_holds():
    assert parse_quotas("reads=2, writes=0.5,connections=3") == {
        "reads": 2,
        "writes": 0.5,
        "connections": 3,
    }
    assert parse_quotas("default") == DEFAULTS
    assert parse_quotas("default,reads=7") == {**DEFAULTS, "reads": 7}
    assert parse_quotas("CreateJob=1") == {"CreateJob": 1}
    assert parse_quotas("jobs=3,CreateJob=1") == {
        **dict.fromkeys(CONTROL_PLANE["jobs"], 3),
        "CreateJob": 1,
    }


def test_the_defaults_are_those_of_the_service():
    of_devices = {name: DEFAULTS[name] for name in list(DEFAULTS)[:11]}
    assert of_devices == {
        "reads": 200,
        "writes": 200,
        "connects": 500,
        "connections": 500_000,
        "filters": 500,
        "subscriptions": 500_000,
        "publishes": 20_000,
        "deliveries": 20_000,
        "queued": 500,
        "client-connects": 1,
        "client-publishes": 100,
    }
    rates = {name: DEFAULTS[name] for name in ("CreateJob", "ListThings", "DescribeThing")}
    assert rates == {"CreateJob": 10, "ListThings": 10, "DescribeThing": 350}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'' is no quota; there are default, reads, writes, connects"),
        ("read=2", "'read' is no quota"),
        ("reads=2,", "'' is no quota"),
        ("default=2", "'default' is no quota"),
        ("reads", "reads needs a number a second, above 0 and at most 1000000000: reads=200"),
        ("reads=0", "not '0'"),
        ("reads=-1", "not '-1'"),
        ("reads=nan", "not 'nan'"),
        ("reads=inf", "not 'inf'"),
        ("connections=2.5", "connections needs a whole number at once"),
        ("jobs=", "AssociateTargetsWithJob needs a number a second"),
    ],
)
def test_a_text_that_is_none_is_told_what_there_is(text, told):
    with pytest.raises(QuotaTextError) as refused:
        parse_quotas(text)
    assert told in str(refused.value)


def test_each_quota_is_named_as_its_table_says():
    assert all(name == quota.name for name, quota in QUOTAS.items())


# --- those in force


def test_nothing_is_limited_that_has_no_quota(clock):
    quotas = Quotas({"reads": 1}, clock)
    assert all(quotas.take("writes") for _ in range(1_000))
    assert quotas.has_room("connections", 10**9)
    assert quotas.throttled == {"reads": 0}


def test_what_is_refused_is_counted_and_told(clock):
    told = []
    quotas = Quotas({"reads": 1, "client-connects": 1, "connections": 2}, clock)
    quotas.on_event = told.append
    assert quotas.take("reads", "a")
    assert not quotas.take("reads", "b")
    assert quotas.take("client-connects", "a")
    assert quotas.take("client-connects", "b")
    assert not quotas.take("client-connects", "b")
    assert quotas.has_room("connections", 1)
    assert not quotas.has_room("connections", 2, "c")
    assert quotas.throttled == {"reads": 1, "client-connects": 1, "connections": 1}
    assert [(event.time, event.name, event.limit, event.client) for event in told] == [
        (SINCE_1970, "reads", 1, "b"),
        (SINCE_1970, "client-connects", 1, "b"),
        (SINCE_1970, "connections", 2, "c"),
    ]
    assert str(told[0]).startswith("the quota reads=1 is used up: rejected as throttled")


def test_of_several_rates_all_are_taken_or_none(clock):
    quotas = Quotas({"client-connects": 2, "connects": 1}, clock)
    both = ("client-connects", "connects", "publishes")
    assert quotas.take_all(both, "a") is None
    assert quotas.take_all(both, "a") == "connects"
    assert quotas.take("client-connects", "a")
    assert quotas.take_all(both, "a") == "client-connects"
    assert quotas.throttled == {"client-connects": 1, "connects": 1}


def test_a_limit_that_is_set_anew_begins_full_and_leaves_the_others(clock):
    quotas = Quotas({"reads": 1, "writes": 1}, clock)
    assert [quotas.take(name) for name in ("reads", "writes", "reads")] == [True, True, False]
    quotas.set({"reads": 2})
    assert [quotas.take(name) for name in ("reads", "reads", "reads")] == [True, True, False]
    assert not quotas.take("writes")
    assert quotas.limits() == {"reads": 2, "writes": 1}
    assert quotas.throttled == {"reads": 2, "writes": 1}
    quotas.clear()
    assert (quotas.limits(), quotas.throttled) == ({}, {})
    assert quotas.take("writes")


def test_the_clock_may_be_given_later(clock):
    quotas = Quotas({"reads": 1, "client-connects": 1})
    quotas.now = clock
    assert quotas.take("reads")
    assert quotas.take("client-connects", "a")
    clock.now += 1
    assert quotas.take("reads")
    assert quotas.take("client-connects", "a")


# --- the command line


def test_the_command_line_takes_several_texts():
    options = cli._parser().parse_args(["--quota", "reads=2,writes=1", "--quota", "reads=3"])
    assert options.quota == [{"reads": 2, "writes": 1}, {"reads": 3}]


def test_what_is_no_quota_is_refused_on_the_command_line(capsys):
    with pytest.raises(SystemExit):
        cli._parser().parse_args(["--quota", "read=2"])
    assert "argument --quota: 'read' is no quota; there are default, reads" in (
        capsys.readouterr().err
    )
