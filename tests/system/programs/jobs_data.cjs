// AWS's SDK for JavaScript, told what to do by JSON on its standard input:
// {endpoint, tls: null or {cert, key, ca} (files), calls: [[service, command, input], …]}
// Prints the list of what came: {output} or {error: {name, status, message, modelled}}.

"use strict";

const fs = require("node:fs");
const https = require("node:https");
const iot = require("@aws-sdk/client-iot");
const jobsData = require("@aws-sdk/client-iot-jobs-data-plane");

const CLIENTS = {
  iot: [iot, iot.IoTClient, iot.IoTServiceException],
  "iot-jobs-data": [
    jobsData,
    jobsData.IoTJobsDataPlaneClient,
    jobsData.IoTJobsDataPlaneServiceException,
  ],
};

function agent(tls) {
  const files = Object.entries(tls).map(([name, path]) => [name, fs.readFileSync(path)]);
  return new https.Agent(Object.fromEntries(files));
}

async function ask(settings, [service, command, input]) {
  const [sdk, Client, ServiceException] = CLIENTS[service];
  const client = new Client(settings);
  try {
    const { $metadata, ...output } = await client.send(new sdk[`${command}Command`](input));
    return { output };
  } catch (error) {
    if (!(error instanceof ServiceException)) throw error;
    const { name, message, $metadata } = error;
    const modelled = error.constructor.name === name && sdk[name] !== undefined;
    return { error: { name, status: $metadata.httpStatusCode, message, modelled } };
  } finally {
    client.destroy();
  }
}

async function main() {
  const { endpoint, tls, calls } = JSON.parse(fs.readFileSync(0, "utf8"));
  const settings = {
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "emulator", secretAccessKey: "emulator" },
    maxAttempts: 1,
    ...(tls && { requestHandler: { httpsAgent: agent(tls) } }),
  };
  const came = [];
  for (const call of calls) came.push(await ask(settings, call));
  console.log(JSON.stringify(came));
}

main();
