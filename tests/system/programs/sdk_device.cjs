// A device made of AWS's device SDK for JavaScript: sdk_device.cjs FOLDER PORT THING MQTT.
//
// It is told and tells what sdk_device.py does, in the same names: those of Python for members and
// calls. Times are seconds since 1970.

"use strict";

const path = require("node:path");
const readline = require("node:readline");
const { iot, iotjobs, mqtt, mqtt5 } = require("aws-iot-device-sdk-v2");

const SECONDS = 10;
const OPTIONS = {
  maxRequestResponseSubscriptions: 4,
  maxStreamingSubscriptions: 4,
  operationTimeoutInSeconds: SECONDS,
};
const STREAMS = {
  job_executions_changed: "createJobExecutionsChangedStream",
  next_job_execution_changed: "createNextJobExecutionChangedStream",
};
const STATUSES = ["SUBSCRIPTION_ESTABLISHED", "SUBSCRIPTION_LOST", "SUBSCRIPTION_HALTED"];
// Members whose value is the user's own, or is keyed by statuses.
const UNNAMED = ["jobDocument", "statusDetails", "jobs"];

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const capital = (name) => name[0].toUpperCase() + name.slice(1);

function renamed(members) {
  const named = Object.entries(members).map(([name, value]) => [camel(name), value]);
  return Object.fromEntries(named);
}

function plain(value) {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).filter(([, member]) => member != null);
  return Object.fromEntries(
    members.map(([name, member]) => {
      if (name === "jobs") return [name, jobs(member)];
      return [snake(name), UNNAMED.includes(name) ? member : plain(member)];
    }),
  );
}

function jobs(byStatus) {
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, executions]) => [status, executions.map(plain)]),
  );
}

function tell(what, value) {
  process.stdout.write(`${JSON.stringify([what, plain(value) ?? null])}\n`);
}

async function connect3(files, port, thing) {
  const config = iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder_from_path(
    files.certificate,
    files.key,
  )
    .with_certificate_authority_from_path(undefined, files.authority)
    .with_endpoint("localhost")
    .with_port(port)
    .with_client_id(thing)
    .with_clean_session(true)
    .build();
  const connection = new mqtt.MqttClient().new_connection(config);
  connection.on("message", (topic) => tell("message", topic));
  await connection.connect();
  return {
    client: iotjobs.IotJobsClientv2.newFromMqtt311(connection, OPTIONS),
    old: new iotjobs.IotJobsClient(connection),
    stop: () => connection.disconnect(),
  };
}

async function connect5(files, port, thing) {
  const config = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromPath(
    "localhost",
    files.certificate,
    files.key,
  )
    .withCertificateAuthorityFromPath(undefined, files.authority)
    .withPort(port)
    .withConnectProperties({ clientId: thing, keepAliveIntervalSeconds: 1200 })
    .build();
  const connection = new mqtt5.Mqtt5Client(config);
  connection.on("messageReceived", (event) => tell("message", event.message.topicName));
  connection.on("connectionFailure", (event) => tell("failed", String(event.error)));
  const connected = new Promise((resolve) => connection.once("connectionSuccess", resolve));
  connection.start();
  await connected;
  return {
    client: iotjobs.IotJobsClientv2.newFromMqtt5(connection, OPTIONS),
    old: iotjobs.IotJobsClient.newFromMqtt5Client(connection),
    stop: () => {
      const stopped = new Promise((resolve) => connection.once("stopped", resolve));
      connection.stop();
      return stopped;
    },
  };
}

class Device {
  constructor(connection, thing) {
    this.connection = connection;
    this.thing = thing;
  }

  request(members) {
    return { thingName: this.thing, ...renamed(members) };
  }

  async call(operation, members) {
    try {
      const answer = await this.connection.client[camel(operation)](this.request(members));
      tell("answer", answer);
    } catch (error) {
      if (error.modeledError) tell("rejected", error.modeledError);
      else tell("failed", String(error));
    }
  }

  stream() {
    for (const [name, create] of Object.entries(STREAMS)) {
      const stream = this.connection.client[create]({ thingName: this.thing });
      stream.on("subscriptionStatus", ({ type }) => tell("status", [name, STATUSES[type]]));
      stream.on("incomingPublish", ({ message }) => tell("event", [name, message]));
      stream.on("incomingPublishError", ({ error }) => tell("failed", String(error)));
      stream.open();
    }
  }

  async old(operation, members) {
    const name = capital(camel(operation));
    const path = "job_id" in members ? { jobId: members.job_id } : {};
    const qos = mqtt.QoS.AtLeastOnce;
    for (const verdict of ["accepted", "rejected"]) {
      await this.connection.old[`subscribeTo${name}${capital(verdict)}`](
        { thingName: this.thing, ...path },
        qos,
        (error, answer) => tell("callback", [operation, verdict, error ?? answer]),
      );
    }
    await this.connection.old[`publish${name}`](this.request(members), qos);
  }
}

async function main(folder, port, thing, version) {
  const files = {
    certificate: path.join(folder, "device.pem"),
    key: path.join(folder, "key.pem"),
    authority: path.join(folder, "ca.pem"),
  };
  const connect = version === "5" ? connect5 : connect3;
  const connection = await connect(files, Number(port), thing);
  const device = new Device(connection, thing);
  tell("connected", thing);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, members] = JSON.parse(line);
    if (name === "stream") device.stream();
    else if (name === "old") {
      const { operation, ...rest } = members;
      await device.old(operation, rest);
    } else await device.call(name, members);
  }
  connection.client.close();
  await connection.stop();
}

main(...process.argv.slice(2));
