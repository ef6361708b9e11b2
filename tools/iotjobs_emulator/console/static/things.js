// Things with their connections, clients that are none, groups and faults.

import { ask, withQuery } from "./api.js";
import { createDevice, showDevice } from "./device.js";
import { byId, el, Pages, setText, showList } from "./dom.js";
import { showTime } from "./time.js";

/** `changed()` is called when something else is to be shown. */
export function makeThings(changed) {
  const text = byId("things-text");
  const connected = byId("things-connected");
  const pages = new Pages(byId("things-pages"), changed);
  for (const input of [text, connected]) input.addEventListener("input", () => pages.go([null]));

  return async function refresh(state) {
    const { things, next } = await ask("GET", withQuery("/_emulator/state/things", {
      after: pages.start, text: text.value.trim(), connected: connected.checked ? 1 : null,
    }));
    const { totals } = state;
    setText(byId("things-total"), `${totals.connectedThings} of ${totals.things} connected`);
    showList(byId("things"), things, (thing) => thing.thingName, createThing, updateThing);
    const empty = byId("things-empty");
    empty.hidden = things.length > 0;
    setText(empty, totals.things ? "No thing like that." : "No things yet. “aws iot create-thing” makes one.");
    pages.show(next);
    showClients(state.strangers);
    showGroups(state.groups);
    if (state.hasQuotas) showQuotas(await ask("GET", "/_emulator/quotas"));
    if (state.hasFaults) showFaults(await ask("GET", "/_emulator/faults/rules"));
  };
}

function createThing(thing) {
  return el("li", { class: "thing" },
    el("span", { class: "dot", "aria-hidden": "true" }),
    el("div", {},
      el("div", { class: "line" },
        el("strong", { class: "name" }, thing.thingName),
        el("span", { class: "pending quiet" })),
      el("ul", { class: "clients" }),
      createDevice()));
}

function updateThing(node, thing) {
  const { connectionCount } = thing.device;
  node.classList.toggle("is-connected", connectionCount > 0);
  showDevice(node.querySelector(".device"), thing);
  const { QUEUED: queued = 0, IN_PROGRESS: running = 0 } = thing.pending;
  const pending = [running && `${running} in progress`, queued && `${queued} queued`];
  setText(node.querySelector(".pending"), pending.filter(Boolean).join(", "));
  const more = connectionCount - thing.connections.length;
  const shown = more > 0 ? [...thing.connections, { clientId: `and ${more} more` }] : thing.connections;
  showConnections(node.querySelector(".clients"), shown);
}

function showConnections(list, clients) {
  showList(list, clients, (client) => client.clientId,
    (client) => el("li", { class: "quiet" },
      el("span", { class: "client" }, client.clientId), " ",
      el("span", { class: "protocol" }), " ", el("time")),
    (node, client) => {
      if (client.since === undefined) return;
      setText(node.querySelector(".protocol"), `${client.protocol}, since`);
      showTime(node.querySelector("time"), client.since);
    });
}

function showClients(clients) {
  byId("strangers").hidden = clients.length === 0;
  showConnections(byId("strangers-list"), clients);
}

function showGroups(groups) {
  byId("groups").hidden = !groups?.length;
  showList(byId("groups-list"), groups ?? [], (group) => group.groupName,
    (group) => el("li", { class: "tag" }, group.groupName), () => {});
}

/** Those that have refused something; how many there are, if none has. */
function showQuotas({ quotas }) {
  const used = quotas.filter((quota) => quota.throttled > 0);
  byId("quotas").hidden = quotas.length === 0;
  byId("quotas-empty").hidden = used.length > 0;
  setText(byId("quotas-empty"), `${quotas.length} in force: none has refused anything`);
  showList(byId("quotas-list"), used, (quota) => quota.name,
    () => el("li", { class: "fault" }, el("strong"), " ", el("span"), " ", el("span", { class: "quiet" })),
    (node, { name, limit, unit, throttled }) => {
      const [title, what, counts] = node.children;
      setText(title, name);
      setText(what, `${limit} ${unit}`);
      setText(counts, `refused ${throttled}`);
    });
}

function showFaults({ faults }) {
  byId("faults").hidden = false;
  byId("faults-empty").hidden = faults.length > 0;
  showList(byId("faults-list"), faults, (fault) => fault.id,
    () => el("li", { class: "fault" }, el("strong"), " ", el("span"), " ", el("span", { class: "quiet" })),
    (node, { id, action, matched, acted, ...members }) => {
      const [name, what, counts] = node.children;
      setText(name, `${id} ${action}`);
      setText(what, Object.entries(members).map(([key, value]) => `${key}=${value}`).join(" "));
      setText(counts, `matched ${matched}, acted ${acted}`);
    });
}
