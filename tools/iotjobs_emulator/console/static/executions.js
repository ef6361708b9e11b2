// What is inside an open job: its document, and its executions with what each has been through.

import { ask, withQuery } from "./api.js";
import { createDevice, showDevice } from "./device.js";
import { el, Pages, setText, showList } from "./dom.js";
import { chip, showChip } from "./status.js";
import { durationText, timeNode } from "./time.js";

const STATES = [
  "IN_PROGRESS", "QUEUED", "SUCCEEDED", "FAILED", "TIMED_OUT", "REJECTED", "REMOVED", "CANCELED",
];
let emulatorNow = 0;

/** Tell the emulator's time, for the timers that run. */
export function setEmulatorNow(seconds) {
  emulatorNow = seconds;
}

/** The node, and `refresh()`. `buttons` stand beside the filter. */
export function createExecutions(jobId, buttons, changed) {
  const list = el("ul", { class: "list executions", "aria-label": `Executions of ${jobId}` });
  const none = el("p", { class: "empty", hidden: "" }, "No execution like that.");
  const filter = el("select", { onchange: () => pages.go([null]) },
    el("option", { value: "" }, "every status"),
    ...STATES.map((status) => el("option", { value: status }, status)));
  const pageNode = el("div", { class: "pages", hidden: "" });
  const pages = new Pages(pageNode, changed);
  const node = el("div", {},
    el("div", { class: "bar tools" },
      el("label", {}, el("span", { class: "quiet" }, "Executions with "), filter),
      el("span", { class: "grow" }), ...buttons),
    createDocument(jobId), list, none, pageNode);

  async function refresh() {
    const { executions, next } = await ask("GET", withQuery("/_emulator/state/executions", {
      job: jobId, after: pages.start, status: filter.value,
    }));
    showList(list, executions, (e) => e.seq, create, update);
    none.hidden = executions.length > 0;
    pages.show(next);
  }

  return { node, refresh };
}

function createDocument(jobId) {
  const text = el("pre", { tabindex: "0", "aria-label": "The job's document" });
  const details = el("details", { class: "document" }, el("summary", {}, "Document"), text);
  details.addEventListener("toggle", async () => {
    if (!details.open || text.textContent) return;
    try {
      const answer = await ask("GET", `/jobs/${encodeURIComponent(jobId)}/job-document`);
      setText(text, answer.document);
    } catch (problem) {
      setText(text, problem.message);
    }
  });
  return details;
}

function create(execution) {
  return el("li", { class: "execution" },
    el("div", { class: "line" },
      el("strong", { class: "name" }, execution.thingName), chip(execution.status),
      execution.executionNumber > 1 ? el("span", {}, `execution ${execution.executionNumber}`) : "",
      el("span", { class: "quiet timer" })),
    createDevice(),
    el("ol", { class: "history", "aria-label": "History" }));
}

function update(node, execution) {
  showChip(node.querySelector(".chip"), execution.status);
  const left = execution.timesOutAt === null ? "" :
    `times out in ${durationText(execution.timesOutAt - emulatorNow)}`;
  setText(node.querySelector(".timer"), left);
  showDevice(node.querySelector(".device"), execution, execution);
  const steps = execution.history.map((change, index, all) => ({
    ...change,
    // What is removed keeps its version.
    missing: index ? Math.max(0, change.versionNumber - all[index - 1].versionNumber - 1) : 0,
    isSame: index > 0 && change.status === all[index - 1].status,
  }));
  showList(node.querySelector(".history"), steps,
    (step) => `${step.versionNumber} ${step.status} ${step.missing} ${step.isSame}`,
    createStep, () => {});
}

function createStep(step) {
  const parts = [];
  if (step.missing) parts.push(el("span", { class: "quiet" }, `${step.missing} more changes, `));
  if (!step.isSame) parts.push(chip(step.status));
  parts.push(timeNode(step.time));
  if (step.statusDetails === null) {
    parts.push(el("span", { class: "quiet" }, `(details of ${step.statusDetailsCharacters} characters)`));
  } else {
    for (const [key, value] of Object.entries(step.statusDetails)) {
      parts.push(el("span", { class: "detail" }, el("span", { class: "key" }, key), " ", value));
    }
  }
  return el("li", { class: step.isSame ? "step same" : "step" }, ...parts);
}
