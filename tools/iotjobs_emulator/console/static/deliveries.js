// OTA updates and streams, the newest ones: how far they are, and what is in them.

import { byId, el, setText, showList } from "./dom.js";
import { showTime } from "./time.js";

/** Show what a state says of them; nothing is there as long as there are none. */
export function showDeliveries({ otaUpdates, streams }) {
  byId("updates").hidden = otaUpdates.length === 0;
  showList(byId("updates-list"), otaUpdates, (update) => update.otaUpdateId,
    createLine, (node, { otaUpdateId, status, error, createdAt }) => {
      show(node, otaUpdateId, error ? `${status}: ${error}` : status, createdAt);
    });
  byId("streams").hidden = streams.length === 0;
  showList(byId("streams-list"), streams, (stream) => stream.streamId,
    createLine, (node, { streamId, streamVersion, files, lastUpdatedAt }) => {
      const said = files.map(({ fileId, object, size }) => `${fileId}: ${object}, ${size} bytes`);
      show(node, streamId, `version ${streamVersion}; ${said.join("; ")}`, lastUpdatedAt);
    });
}

function createLine() {
  return el("li", { class: "quiet" }, el("strong", { class: "name" }), " ", el("span"), " ", el("time"));
}

function show(node, name, text, time) {
  const [strong, span] = node.children;
  setText(strong, name);
  setText(span, text);
  showTime(node.querySelector("time"), time);
}
