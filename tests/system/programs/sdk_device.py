"""A device made of AWS's own SDK for Python: sdk_device.py FOLDER PORT THING MQTT.

MQTT is "3.1.1" or "5": the SDK has a client for each, and its clients for jobs take either.

It does what its standard input says, a line of JSON each, [call, {member: value}]. A call is:
- an operation of the V2 client
- "stream": both of its streams
- "old" with an operation's name: the older client's round of subscribe, publish and the callbacks

It prints lines of JSON, [what, value]:
- "answer", "rejected" or "failed", for each call in its turn
- "status", "event", "callback": whatever comes unasked
- "message" with the topic of every message that reached it
"""

import datetime
import json
import pathlib
import sys
from concurrent.futures import Future

from awscrt import mqtt
from awscrt.mqtt_request_response import ClientOptions, SubscriptionStatusEventType
from awsiot import (
    ModeledClass,
    ServiceStreamOptions,
    V2ServiceException,
    iotjobs,
    mqtt5_client_builder,
    mqtt_connection_builder,
)

SECONDS = 10
STREAMS = {
    "job_executions_changed": iotjobs.JobExecutionsChangedSubscriptionRequest,
    "next_job_execution_changed": iotjobs.NextJobExecutionChangedSubscriptionRequest,
}


def class_name(operation):
    return operation.title().replace("_", "")


def plain(value):
    """A value of the SDK's classes as JSON has it; times in seconds since 1970."""
    if isinstance(value, ModeledClass):
        members = ((name, getattr(value, name)) for name in value.__slots__)
        return {name: plain(member) for name, member in members if member is not None}
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def tell(what, value):
    # One write: the SDK calls back in a thread of its own.
    sys.stdout.write(json.dumps([what, plain(value)]) + "\n")
    sys.stdout.flush()


def connect_3(*files, **options):
    """The client of MQTT 3.1.1, connected, and the function that ends its connection."""
    connection = mqtt_connection_builder.mtls_from_path(*files, clean_session=True, **options)
    connection.on_message(lambda topic, **_: tell("message", topic))
    connection.connect().result(SECONDS)
    return connection, lambda: connection.disconnect().result(SECONDS)


def connect_5(*files, **options):
    """The same of MQTT 5."""
    connected, stopped = Future(), Future()
    client = mqtt5_client_builder.mtls_from_path(
        *files,
        on_publish_received=lambda data: tell("message", data.publish_packet.topic),
        on_lifecycle_connection_success=connected.set_result,
        on_lifecycle_connection_failure=lambda data: tell("failed", repr(data)),
        on_lifecycle_stopped=stopped.set_result,
        **options,
    )
    client.start()
    connected.result(SECONDS)

    def stop():
        client.stop()
        stopped.result(SECONDS)

    return client, stop


CONNECT = {"3.1.1": connect_3, "5": connect_5}


class Device:
    def __init__(self, folder, port, thing, version):
        self.thing = thing
        self.connection, self.disconnect = CONNECT[version](
            str(folder / "device.pem"),
            str(folder / "key.pem"),
            ca_filepath=str(folder / "ca.pem"),
            endpoint="localhost",
            port=port,
            client_id=thing,
        )
        self.client = iotjobs.IotJobsClientV2(self.connection, ClientOptions(4, 4, SECONDS))
        self.old_client = iotjobs.IotJobsClient(self.connection)
        self.streams = []

    def request(self, operation, members):
        shape = getattr(iotjobs, class_name(operation) + "Request")
        return shape(**{"thing_name": self.thing, **members})

    def call(self, operation, members):
        try:
            asked = getattr(self.client, operation)(self.request(operation, members))
            return "answer", asked.result(SECONDS)
        except V2ServiceException as error:
            if error.modeled_error is None:
                return "failed", repr(error.inner_error)
            return "rejected", error.modeled_error

    def stream(self):
        for name, shape in STREAMS.items():
            options = ServiceStreamOptions(
                incoming_event_listener=lambda event, name=name: tell("event", [name, event]),
                # The SDK says that `type` is of the enumeration, and gives its number.
                subscription_status_listener=lambda event, name=name: tell(
                    "status", [name, SubscriptionStatusEventType(event.type).name]
                ),
                deserialization_failure_listener=lambda failure: tell("failed", failure.message),
            )
            create = getattr(self.client, f"create_{name}_stream")
            self.streams.append(create(shape(thing_name=self.thing), options))
            self.streams[-1].open()

    def old(self, operation, members):
        """Subscribe to both answers, ask, and leave it to the callbacks to tell of what comes."""
        path = {name: members[name] for name in ("job_id",) if name in members}
        shape = getattr(iotjobs, class_name(operation) + "SubscriptionRequest")
        for verdict in ("accepted", "rejected"):
            subscribe = getattr(self.old_client, f"subscribe_to_{operation}_{verdict}")
            subscribed, _ = subscribe(
                shape(thing_name=self.thing, **path),
                mqtt.QoS.AT_LEAST_ONCE,
                lambda answer, verdict=verdict: tell("callback", [operation, verdict, answer]),
            )
            subscribed.result(SECONDS)
        publish = getattr(self.old_client, f"publish_{operation}")
        published = publish(self.request(operation, members), mqtt.QoS.AT_LEAST_ONCE)
        published.result(SECONDS)


def main(folder, port, thing, version):
    device = Device(pathlib.Path(folder), int(port), thing, version)
    tell("connected", thing)
    for line in sys.stdin:
        name, members = json.loads(line)
        if name == "stream":
            device.stream()
        elif name == "old":
            device.old(members.pop("operation"), members)
        else:
            tell(*device.call(name, members))
    device.disconnect()


if __name__ == "__main__":
    main(*sys.argv[1:])
