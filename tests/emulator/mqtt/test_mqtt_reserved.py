"""What is said of a topic that begins with $: that it is another's, or that there is none."""

import pytest
from iotjobs_emulator.mqtt.authorization import Identity
from iotjobs_emulator.mqtt.protocol_error import ProtocolError

OWN, MISSING = "which is not the client's own", "which the emulator does not have"
TOPICS = {
    "$aws/things/lamp/shadow/update": MISSING,
    "$aws/things/lamp/shadow/name/door/get": MISSING,
    "$aws/things/other/shadow/update": MISSING,
    "$aws/things/lamp/streams": MISSING,
    "$aws/rules/my_rule/sensors": MISSING,
    "$aws/certificates/create/json": MISSING,
    "$aws/provisioning-templates/t/provision/json": MISSING,
    "$aws/things/lamp/defender/metrics/json": MISSING,
    "$aws/commands/things/lamp/executions/1/response/json": MISSING,
    "$aws/things/lamp/jobs": MISSING,
    "$SYS/broker": MISSING,
    "$": MISSING,
    "$aws/things/other/jobs/get": OWN,
    "$aws/things/other/streams/1/get/json": OWN,
    "$aws/events/job/1/completed": OWN,
}
FILTERS = {
    "$aws/things/+/shadow/#": MISSING,
    "$aws/rules/#": MISSING,
    "$aws/things/+/jobs/#": OWN,
    "$aws/things/+/streams/+/data/cbor": OWN,
    "$aws/things/other/#": OWN,
    "$aws/+/other/+/get": OWN,
    "$aws/#": OWN,
    "$aws/+/+": OWN,
    "$aws/+": MISSING,
    "$aws/events/#": OWN,
}


class Everything:
    """Rights to do anything."""

    def may_publish(self, topic):
        return True


@pytest.mark.parametrize("rights", [None, Everything()], ids=["without a policy", "with one"])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_message_for_a_topic_that_is_not_there_is_told_from_one_for_anothers(topic, rights):
    identity = Identity("lamp", "lamp", rights=rights)
    # A policy may allow another's jobs and streams.
    if rights and topic.startswith("$aws/things/other/") and TOPICS[topic] is OWN:
        identity.check_publish("PUBLISH", topic, False)
        return
    with pytest.raises(ProtocolError) as caught:
        identity.check_publish("PUBLISH", topic, False)
    assert str(caught.value) == f"PUBLISH for {topic!r}, {TOPICS[topic]}"


@pytest.mark.parametrize("topic_filter", [*TOPICS, *FILTERS])
def test_a_filter_for_what_is_not_there_is_told_from_one_for_anothers(topic_filter):
    with pytest.raises(ProtocolError) as caught:
        Identity("lamp", "lamp").check_subscribe(topic_filter)
    said = {**TOPICS, **FILTERS}[topic_filter]
    assert str(caught.value) == f"SUBSCRIBE to {topic_filter!r}, {said}"


def test_a_policy_does_not_make_the_emulator_have_what_it_has_not():
    with pytest.raises(ProtocolError, match="which the emulator does not have"):
        Identity("lamp", "lamp", rights=Everything()).check_subscribe("$SYS/#")
