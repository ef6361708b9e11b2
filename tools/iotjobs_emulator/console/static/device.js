// Where a thing's device is: for a person who asks why a job does not move.

import { el, showList } from "./dom.js";
import { clockText, showTime } from "./time.js";

// The end of a connection is told beside the next one if that came so soon.
const SOON_SECONDS = 60;

/** A place for it. */
export function createDevice() {
  return el("ul", { class: "device" });
}

/** Show where the device of a thing is, and what may keep it from its jobs. `execution`: the one in
 *  whose row that stands; without one the place is the thing's own, beside its connections. */
export function showDevice(node, { thingName, device }, execution = null) {
  const isConnected = device.connectedSince !== null;
  const isEnded = execution !== null && !["QUEUED", "IN_PROGRESS"].includes(execution.status);
  const lines = [presence(device, execution !== null)];
  if (!isEnded) lines.push(before(device), refusal(thingName, device, execution), failure(device));
  showList(node, lines.filter(Boolean), (line) => line.kind, createLine, updateLine);
  node.classList.toggle("is-connected", isConnected);
}

// A line is what it says, in parts: a number is a time.
const line = (kind, ...parts) => ({ kind, parts: parts.filter((part) => part !== "") });

function createLine({ kind }) {
  return el("li", { class: kind });
}

function updateLine(node, { parts }) {
  const text = parts.map((part) => (typeof part === "number" ? clockText(part) : part)).join("");
  if (node.textContent === text) return;
  node.replaceChildren(...parts.map(
    (part) => (typeof part === "number" ? showTime(el("time"), part) : part)));
}

function presence(device, isWhole) {
  const { connectedSince: since, connectionCount: count, asked, gone } = device;
  if (since !== null) {
    const isAsking = asked !== null && asked.time >= since;
    const head = isWhole ? ["connected since ", since, count > 1 ? `, ${count} clients; ` : ", "] : [];
    return isAsking ?
      line("presence", ...head, "asked last at ", asked.time, `: ${asked.operation}`) :
      line("presence", ...head, "has asked for nothing yet");
  }
  if (asked?.over === "HTTP" && asked.time >= (gone?.time ?? 0)) {
    return line("presence", "over HTTP, asked last at ", asked.time, `: ${asked.operation}`);
  }
  if (gone) return line("presence", "not connected since ", gone.time, `: ${gone.text}`);
  return device.hasForgotten ?
    line("presence", "not connected, and not seen after ", device.watchedSince) :
    line("presence", "not connected since the emulator started at ", device.watchedSince);
}

function before({ connectedSince: since, gone }) {
  if (since === null || gone === null || gone.time < since - SOON_SECONDS) return null;
  return line("before", "a connection ended at ", gone.time, `: ${gone.text}`);
}

// What was refused before something worked is past; while a job waits, it may be why.
function refusal(thingName, { connectedSince, asked, refused }, execution) {
  if (refused === null) return null;
  const worked = Math.max(connectedSince ?? 0, asked?.time ?? 0);
  if (refused.time < Math.min(worked, execution?.queuedAt ?? Infinity)) return null;
  const who = refused.client === thingName ? "" : `${refused.client} was `;
  return line("refusal", `${who}refused at `, refused.time, `: ${refused.text}`);
}

function failure({ failure: last }) {
  if (last === null) return null;
  const reason = last.reason ? `: ${last.reason}` : "";
  return line("failure", `last failure: ${last.jobId} ${last.status} at `, last.time, reason);
}
