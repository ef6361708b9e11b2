// The list of jobs, each with its progress; one of them may be open and shows its executions.

import { ask, withQuery } from "./api.js";
import { byId, dialogForm, el, Pages, setText, showError, showList } from "./dom.js";
import { createExecutions } from "./executions.js";
import { chip, createBar, showBar, showChip } from "./status.js";
import { showTime, timeNode } from "./time.js";

const ENDED = ["COMPLETED", "CANCELED"];

/** `changed()` is called when something else is to be shown. */
export function makeJobs(changed) {
  const pages = new Pages(byId("jobs-pages"), changed);
  const askToCancel = makeCancel(changed);
  let open = null; // the jobId of the open one
  let executions = null; // what it shows

  function openJob(jobId) {
    open = jobId;
    executions = null;
    changed();
  }

  function create(job) {
    const heading = el("button", {
      type: "button", class: "job-head", "aria-expanded": "false",
      onclick: () => openJob(open === job.jobId ? null : job.jobId),
    },
      el("span", { class: "line" },
        el("strong", { class: "name" }, job.jobId), chip(job.status),
        el("span", { class: "quiet selection" }, job.targetSelection)),
      el("span", { class: "quiet when" }, "created ", timeNode(job.createdAt),
        el("span", { class: "ended", hidden: "" }, ", ended ", el("time"))));
    return el("li", { class: "job", "data-job": job.jobId }, heading,
      el("p", { class: "description" }, job.description ?? ""), createBar(),
      el("div", { class: "inside", hidden: "" }));
  }

  function update(node, job) {
    showChip(node.querySelector(".chip"), job.status);
    showBar(node.querySelector(".progress"), job.things);
    const ended = node.querySelector(".ended");
    ended.hidden = job.completedAt === null;
    if (job.completedAt !== null) showTime(ended.querySelector("time"), job.completedAt);
    const isOpen = job.jobId === open;
    node.firstChild.setAttribute("aria-expanded", isOpen);
    const inside = node.querySelector(".inside");
    if (isOpen && executions?.node !== inside.firstChild) {
      const cancel = el("button", {
        type: "button", class: "danger", onclick: () => askToCancel(job.jobId),
      }, "Cancel job");
      executions = createExecutions(job.jobId, [cancel], changed);
      inside.replaceChildren(executions.node);
    } else if (!isOpen) inside.replaceChildren();
    inside.hidden = !isOpen;
    // A job that is canceled may have executions in progress, which force ends.
    const isDone = job.status === "COMPLETED" || (ENDED.includes(job.status) && !job.things.IN_PROGRESS);
    for (const button of inside.querySelectorAll(".danger")) button.hidden = isDone;
  }

  async function refresh(state) {
    const { jobs, next } = await ask("GET", withQuery("/_emulator/state/jobs", { before: pages.start }));
    setText(byId("jobs-total"), state.totals.jobs ? String(state.totals.jobs) : "");
    byId("jobs-empty").hidden = jobs.length > 0 || pages.start !== null;
    if (!jobs.some((job) => job.jobId === open)) open = executions = null;
    // A job id that was deleted and used again is another job, also while the clock is stopped;
    // and so is one of an emulator that was started anew.
    showList(byId("jobs"), jobs, (job) => `${job.seq} ${job.jobId} ${job.createdAt}`, create, update);
    pages.show(next);
    await executions?.refresh();
  }

  return { refresh, openJob: (jobId) => { pages.go([null]); openJob(jobId); } };
}

function makeCancel(changed) {
  const dialog = byId("cancel");
  const force = byId("cancel-force");
  const comment = byId("cancel-comment");
  let jobId = null;
  dialogForm(dialog, byId("cancel-form"), byId("cancel-error"), async () => {
    const path = withQuery(`/jobs/${encodeURIComponent(jobId)}/cancel`, {
      force: force.checked ? "true" : null,
    });
    await ask("PUT", path, comment.value ? { comment: comment.value } : {});
    changed();
  });
  return (id) => {
    jobId = id;
    setText(byId("cancel-title"), `Cancel job ${id}`);
    showError(byId("cancel-error"), "");
    force.checked = false;
    comment.value = "";
    dialog.showModal();
  };
}
