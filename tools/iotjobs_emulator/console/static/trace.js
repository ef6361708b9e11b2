// The live trace: the last entries, filtered, growing at its end until it is paused.

import { followTrace } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { preciseText } from "./time.js";

const KEPT = 500; // entries, on the page
const RETRY_MILLISECONDS = 1500;
// Shown without "all packets": messages, and how connections begin and end.
const USUAL = ["PUBLISH", "HTTP", "CONNECT", "CLOSE", "FAULT", "QUOTA"];

/** Start following. `arrived()` is called when there is news, `contact(isThere)` when the
 *  emulator is found or lost. */
export function makeTrace(arrived, contact) {
  const log = byId("trace");
  const filter = byId("trace-filter");
  const all = byId("trace-all");
  const pause = byId("trace-pause");
  let entries = [];
  let paused = null; // the entries at that moment
  let last = null; // the number of the newest
  let isDue = false;

  filter.addEventListener("input", renew);
  all.addEventListener("input", renew);
  pause.addEventListener("click", () => {
    paused = paused ? null : [...entries];
    pause.setAttribute("aria-pressed", paused !== null);
    setText(pause, paused ? "Go on" : "Pause");
    renew();
  });
  byId("trace-clear").addEventListener("click", () => {
    entries = [];
    if (paused) paused = [];
    renew();
  });

  function isWanted(entry) {
    if (!all.checked && entry.lost === undefined && !USUAL.includes(entry.packet)) return false;
    entry.text ??= [entry.client, entry.packet, entry.topic, entry.detail, entry.payload]
      .join(" ").toLowerCase();
    return filter.value.toLowerCase().split(/\s+/).every((word) => entry.text.includes(word));
  }

  function renew() {
    log.replaceChildren();
    show();
  }

  function show() {
    isDue = false;
    const shown = (paused ?? entries).filter(isWanted);
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
    const known = Number(log.lastElementChild?.dataset.place ?? -1);
    log.append(...shown.filter((entry) => entry.place > known).map(createRow));
    const first = shown[0]?.place ?? Infinity;
    while (log.firstElementChild && Number(log.firstElementChild.dataset.place) < first) {
      log.firstElementChild.remove();
    }
    if (isAtEnd) log.scrollTop = log.scrollHeight;
    const news = paused ? entries.filter((e) => e.place > (paused.at(-1)?.place ?? -1)).length : 0;
    const missed = news ? `, ${news} new` : "";
    setText(byId("trace-count"), `${shown.length} of ${(paused ?? entries).length}${missed}`);
  }

  let places = 0;
  function take(lines) {
    for (const entry of lines) {
      if (entry.lost !== undefined && last === null) continue; // from before the page was there
      if (entry.number !== undefined) last = entry.number;
      entries.push({ ...entry, place: places++ });
    }
    entries = entries.slice(-KEPT);
    if (!isDue) {
      isDue = true;
      setTimeout(show, 60);
    }
  }

  async function run(start) {
    let life = null; // of the emulator whose numbers these are
    const begun = (one) => {
      if (life !== null && one !== life) last = 0;
      life = one;
    };
    for (let after = start; ; after = last ?? 0) {
      try {
        for await (const lines of followTrace(after, life, begun)) {
          contact(true);
          if (lines.length) {
            take(lines);
            arrived();
          }
        }
      } catch {
        // The same as its end: it is asked again.
      }
      contact(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
    }
  }

  return { start: (number) => run(Math.max(number - KEPT, 0)) };
}

const ARROWS = { in: "→", out: "←" };
const SPOKEN = { in: "to the emulator", out: "from the emulator" };

function createRow(entry) {
  const place = { "data-place": entry.place };
  if (entry.lost !== undefined) {
    return el("p", { class: "lost", ...place }, `${entry.lost} entries came too fast to be shown`);
  }
  const isMessage = entry.packet === "PUBLISH";
  const head = [
    el("span", { class: "at" }, preciseText(entry.time)),
    el("span", { class: "who" }, entry.client || "?"),
    el("span", { class: `way ${entry.direction}`, title: SPOKEN[entry.direction] ?? "" },
      ARROWS[entry.direction] ?? "–"),
    el("span", { class: "what" },
      isMessage ? "" : el("b", {}, entry.packet), isMessage ? entry.topic : ` ${entry.detail}`),
    el("span", { class: "payload" }, entry.payload),
  ];
  if (!entry.payload) return el("div", { class: "entry", ...place }, ...head);
  const row = el("details", { class: "entry", ...place }, el("summary", {}, ...head),
    el("pre", { tabindex: "0" }, wholePayload(entry)));
  row.addEventListener("toggle", () => row.open && row.scrollIntoView({ block: "nearest" }));
  return row;
}

function wholePayload(entry) {
  const notes = [
    entry.payloadBase64 && "in base64",
    entry.payloadCut && `the beginning of ${entry.payloadBytes} bytes`,
  ].filter(Boolean);
  let text = entry.payload;
  try {
    if (!notes.length) text = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // It is shown as it came.
  }
  return notes.length ? `(${notes.join(", ")})\n${text}` : text;
}
