// The page: asks for the state whenever something has happened, and every two seconds.

import { ask } from "./api.js";
import { makeCreate } from "./create.js";
import { showDeliveries } from "./deliveries.js";
import { byId, setText, showError } from "./dom.js";
import { setEmulatorNow } from "./executions.js";
import { makeJobs } from "./jobs.js";
import { makeThings } from "./things.js";
import { clockText, setNow } from "./time.js";
import { makeTrace } from "./trace.js";

const REGULAR_MILLISECONDS = 2000;
const NEWS_MILLISECONDS = 200; // many changes at once are one refresh

let timer = null;
let isRunning = false;
let isWantedAgain = false;
let clock = null; // { time, mode, seen: when that was, by the browser's own clock }

const refreshThings = makeThings(soon);
const jobs = makeJobs(soon);
const openCreate = makeCreate(jobs.openJob);
const trace = makeTrace(soon, showContact);

byId("new-job").addEventListener("click", openCreate);
byId("clock-run").addEventListener("click", () => {
  setClock({ mode: clock.mode === "wall" ? "virtual" : "wall" });
});
byId("advance").addEventListener("click", (event) => {
  const seconds = Number(event.target.dataset.seconds);
  if (seconds) setClock({ advance: seconds });
});
document.addEventListener("visibilitychange", soon);
setInterval(tick, 500);
begin();

async function begin() {
  const state = await refresh();
  if (state) trace.start(state.lastTraceNumber);
  else setTimeout(begin, REGULAR_MILLISECONDS);
}

/** Something has happened: look at the state shortly. */
function soon() {
  if (isRunning) isWantedAgain = true;
  else wait(NEWS_MILLISECONDS);
}

function wait(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(refresh, milliseconds);
}

async function refresh() {
  if (document.hidden) {
    wait(REGULAR_MILLISECONDS);
    return null;
  }
  isRunning = true;
  isWantedAgain = false;
  let state = null;
  try {
    state = await ask("GET", "/_emulator/state");
    showClock(state);
    showDeliveries(state);
    await Promise.all([refreshThings(state), jobs.refresh(state)]);
    showContact(true);
  } catch (problem) {
    state = null;
    showContact(false);
    console.warn(problem);
  }
  isRunning = false;
  wait(isWantedAgain ? NEWS_MILLISECONDS : REGULAR_MILLISECONDS);
  return state;
}

function showContact(isThere) {
  const node = byId("contact");
  node.dataset.state = isThere ? "live" : "lost";
  setText(node, isThere ? "live" : "the emulator does not answer");
}

function showClock(state) {
  clock = { ...state.clock, seen: performance.now() };
  const isStopped = clock.mode === "virtual";
  setText(byId("clock-mode"), isStopped ? "stopped" : "");
  setText(byId("clock-run"), isStopped ? "Let it run" : "Stop the clock");
  byId("clock-run").hidden = !state.hasClock;
  byId("advance").hidden = !(isStopped && state.hasClock);
  tick();
}

function tick() {
  if (!clock) return;
  const passed = clock.mode === "virtual" ? 0 : (performance.now() - clock.seen) / 1000;
  const now = clock.time + passed;
  setNow(now);
  setEmulatorNow(now);
  const node = byId("clock");
  setText(node, clockText(now));
  node.dateTime = new Date(now * 1000).toISOString();
}

async function setClock(change) {
  try {
    await ask("POST", "/_emulator/clock", change);
    showError(byId("clock-error"), "");
  } catch (problem) {
    showError(byId("clock-error"), problem.message);
  }
  soon();
}
