// The form that creates a job, through the control plane's own CreateJob.

import { ask, withQuery } from "./api.js";
import { byId, dialogForm, el, setText, showError, showList } from "./dom.js";
import { makeExamples } from "./examples.js";

const DOCUMENT_BYTES = 32768; // the service's limit

/** Returns `open()`. `created(jobId)` is called after each. */
export function makeCreate(created) {
  const dialog = byId("create");
  const documentText = byId("create-document");
  const find = byId("create-find");
  const chosen = new Map(); // ARN -> name
  let offered = [];
  let lastFind = 0;

  const showExamples = makeExamples(documentText, () => checkDocument(documentText.value));
  documentText.addEventListener("input", () => checkDocument(documentText.value));
  find.addEventListener("input", offer);
  byId("create-all").addEventListener("click", () => {
    for (const target of offered) chosen.set(target.arn, target.name);
    showTargets();
  });
  dialogForm(dialog, byId("create-form"), byId("create-error"), submit);

  async function offer() {
    const mine = ++lastFind;
    const text = find.value.trim();
    try {
      const [found, state] = await Promise.all([
        ask("GET", withQuery("/_emulator/state/things", { text })),
        ask("GET", "/_emulator/state"),
      ]);
      if (mine !== lastFind) return; // something else has been typed meanwhile
      const groups = (state.groups ?? [])
        .filter((group) => group.groupName.toLowerCase().includes(text.toLowerCase()))
        .map((group) => ({ arn: group.groupArn, name: `${group.groupName} (group)` }));
      const things = found.things.map((thing) => ({ arn: thing.thingArn, name: thing.thingName }));
      offered = [...groups, ...things];
      byId("create-more").hidden = found.next === null;
      showTargets();
    } catch (problem) {
      showError(byId("create-error"), problem.message);
    }
  }

  function choose(target, isChosen) {
    if (isChosen) chosen.set(target.arn, target.name);
    else chosen.delete(target.arn);
    showTargets();
  }

  function showTargets() {
    showList(byId("create-targets"), offered, (target) => target.arn,
      (target) => el("li", {}, el("label", { class: "check" },
        el("input", { type: "checkbox", onchange: (event) => choose(target, event.target.checked) }),
        target.name)),
      (node, target) => { node.querySelector("input").checked = chosen.has(target.arn); });
    showList(byId("create-chosen"), [...chosen], ([arn]) => arn,
      ([arn, name]) => el("li", { class: "tag" }, name, " ", el("button", {
        type: "button", "aria-label": `Remove ${name}`, onclick: () => choose({ arn }, false),
      }, "×")),
      () => {});
  }

  async function submit() {
    const jobId = byId("create-id").value.trim();
    const minutes = byId("create-timeout").value.trim();
    const description = byId("create-description").value;
    await ask("PUT", `/jobs/${encodeURIComponent(jobId)}`, {
      targets: [...chosen.keys()],
      document: documentText.value,
      targetSelection: byId("create-selection").value,
      ...(description && { description }),
      ...(minutes && { timeoutConfig: { inProgressTimeoutInMinutes: asNumber(minutes) } }),
    });
    chosen.clear();
    created(jobId);
  }

  return function open() {
    showError(byId("create-error"), "");
    byId("create-id").value = `job-${new Date().toISOString().slice(2, 19).replaceAll(/\D/g, "")}`;
    showExamples().catch((problem) => showError(byId("create-error"), problem.message));
    dialog.showModal();
    byId("create-id").select();
    offer();
  };
}

// What is no number is sent as it is, for the service to say so.
const asNumber = (text) => (/^-?\d+$/.test(text) ? Number(text) : text);

function checkDocument(text) {
  const node = byId("create-check");
  const bytes = new TextEncoder().encode(text).length;
  let problem = bytes > DOCUMENT_BYTES ? `longer than ${DOCUMENT_BYTES} bytes` : "";
  try {
    const value = JSON.parse(text);
    if (value === null || typeof value !== "object" || Array.isArray(value)) problem = "not a JSON object";
  } catch (error) {
    problem = error.message;
  }
  setText(node, problem ? `Not a document: ${problem}` : `A JSON object of ${bytes} bytes`);
  node.classList.toggle("wrong", problem !== "");
}
