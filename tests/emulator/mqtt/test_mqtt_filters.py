"""Which topics and filters are valid, and which filter stands for which topic."""

import itertools
import random

import pytest
from iotjobs_emulator.faults.matching import matches_filter
from iotjobs_emulator.mqtt.packets import Wanted
from iotjobs_emulator.mqtt.subscriptions import SubscriptionTree
from iotjobs_emulator.topics import InvalidTopicError, check_filter, check_topic, topic_matches
from mqtt_client import NOTIFY

SEVEN_SLASHES = "/".join("12345678")
EIGHT_SLASHES = "/".join("123456789")


@pytest.mark.parametrize(
    "topic", ["a", "/", "a/", "/a", "a//b", " ", "$aws/x", "ü" * 128, SEVEN_SLASHES]
)
def test_a_valid_topic_is_a_valid_filter_too(topic):
    check_topic(topic)
    check_filter(topic)


@pytest.mark.parametrize("bad", ["", "t" * 257, "ü" * 129, EIGHT_SLASHES])
def test_a_topic_beyond_the_limits_is_refused_as_topic_and_as_filter(bad):
    for check in (check_topic, check_filter):
        with pytest.raises(InvalidTopicError):
            check(bad)


@pytest.mark.parametrize("topic", ["#", "+", "a/#", "a/+/b", "a+b", "a#"])
def test_a_topic_has_no_wildcards(topic):
    with pytest.raises(InvalidTopicError):
        check_topic(topic)


@pytest.mark.parametrize("good", ["#", "+", "+/+", "a/#", "+/a/#", "/#", "a/+", "$aws/+/x/#"])
def test_a_wildcard_fills_its_level(good):
    check_filter(good)


@pytest.mark.parametrize("bad", ["a#", "a/b#", "#/a", "a/#/b", "a+", "+a", "a/+b/c", "##", "++"])
def test_a_wildcard_beside_other_text_is_refused(bad):
    with pytest.raises(InvalidTopicError):
        check_filter(bad)


MQTT = "by MQTT alone"  # so for the filter of a trace; not for a subscription, nor for a fault


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matches"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/B", False),
        ("a/b", "a/b/", False),
        ("a/b", "a", False),
        ("a/b", "a/b/c", False),
        ("a", "b", False),
        ("+", "a", True),
        ("+", "/a", False),
        ("/+", "/a", True),
        ("+/+", "/a", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a//c", True),
        ("a/+/c", "a/b/d/c", False),
        ("#", "a", True),
        ("#", "a/b/c", True),
        ("#", "/", True),
        ("a/#", "a/b", True),
        ("a/#", "a/", True),
        ("a/#", "a/b/c", True),
        ("a/#", "b/a", False),
        ("a/#", "a", MQTT),
        ("a/#", "ab/c", False),
        ("+/b/#", "a/b/c", True),
        ("+/b/#", "a/c/b", False),
        ("#", NOTIFY, MQTT),
        ("+/things/lamp/jobs/notify", NOTIFY, MQTT),
        ("+/things/+/jobs/#", NOTIFY, MQTT),
        ("+/b", "$aws/b", MQTT),
        ("+/#", "$aws/x", MQTT),
        ("$aws/+", "$aws/b", True),
        ("$aws/things/+/jobs/get", NOTIFY, False),
        ("$aws/#", "$aws/x", True),
        ("$aws/things/lamp/jobs/#", NOTIFY, True),
        ("$aws/things/lamp/jobs/+/get/accepted", "$aws/things/lamp/jobs/$next/get/accepted", True),
        ("a/#", "a/$b", True),
        ("a/+", "a/$b", True),
    ],
)
def test_a_filter_stands_for_its_topics_to_the_broker_to_faults_and_to_the_trace(
    topic_filter, topic, matches
):
    tree = SubscriptionTree()
    tree.add(topic_filter, "me", Wanted(1))
    assert tree.find(topic) == ({"me": Wanted(1)} if matches is True else {})
    assert matches_filter(topic_filter, topic) is (matches is True)
    assert topic_matches(topic_filter, topic) is (matches in (True, MQTT))


@pytest.mark.parametrize("highest", ["a/b", "a/+", "+/b", "a/#", "#"])
def test_overlapping_filters_find_a_subscriber_once_with_the_highest_qos(highest):
    tree = SubscriptionTree()
    for topic_filter in ("a/b", "a/+", "+/b", "a/#", "#"):
        tree.add(topic_filter, "me", Wanted(int(topic_filter == highest)))
    tree.add("a/#", "other", Wanted(0))
    assert tree.find("a/b") == {"me": Wanted(1), "other": Wanted(0)}


def test_the_same_filter_again_replaces_its_qos():
    tree = SubscriptionTree()
    tree.add("a", "me", Wanted(1))
    tree.add("a", "me", Wanted(0))
    assert tree.find("a") == {"me": Wanted(0)}


def test_removing_what_is_not_there_changes_nothing():
    tree = SubscriptionTree()
    tree.add("a/b", "me", Wanted(1))
    for topic_filter, subscriber in (("a", "me"), ("a/b/c", "me"), ("a/b", "other"), ("x", "me")):
        tree.remove(topic_filter, subscriber)
    assert tree.find("a/b") == {"me": Wanted(1)}


def stands_for(topic_filter, topic):
    """The rule itself, one level after the other: the slow way, to compare with."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    if topic[0] == "$" and wanted[0] in "+#":
        return False
    for position, level in enumerate(wanted):
        if position >= len(given):
            return False
        if level == "#":
            return True
        if level not in ("+", given[position]):
            return False
    return len(wanted) == len(given)


def test_the_tree_agrees_with_the_rule_and_is_empty_in_the_end():
    chosen = random.Random(1)
    levels = ["a", "b", "", "$x", "+", "#"]
    filters = [
        f
        for n in (1, 2, 3)
        for f in ("/".join(p) for p in itertools.product(levels, repeat=n))
        if f and "#" not in f.split("/")[:-1]
    ]
    names = ["a", "b", "", "$x"]
    topics = ["/".join(p) for n in (1, 2, 3) for p in itertools.product(names, repeat=n)][1:]
    kept = chosen.sample(filters, len(filters) // 2)
    tree = SubscriptionTree()
    for topic_filter in filters:
        tree.add(topic_filter, topic_filter, Wanted(0))
    for topic_filter in set(filters) - set(kept):
        tree.remove(topic_filter, topic_filter)
    for topic in filter(None, topics):
        wanted = {f for f in kept if stands_for(f, topic)}
        assert set(tree.find(topic)) == wanted, topic
        assert {f for f in kept if matches_filter(f, topic)} == wanted, topic
    for topic_filter in kept:
        tree.remove(topic_filter, topic_filter)
    assert tree.is_empty()
