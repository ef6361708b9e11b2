// The library of examples: documents of the jobs that come with iotjobs, to be filled in.

import { ask } from "./api.js";
import { byId, el } from "./dom.js";

const OWN = ""; // the value of the choice that is no example

/** Returns `show()`, for each time that the form is opened; the first time it fills in the first
 *  example. `changed()` is called when an example has been filled in. What is typed into
 *  `documentText` is the person's own document, which stays until the page is left. */
export function makeExamples(documentText, changed) {
  const choice = byId("create-example");
  const note = byId("create-note");
  let examples = null;
  let own = "";

  documentText.addEventListener("input", () => {
    own = documentText.value;
    if (choice.value === OWN) return;
    choice.value = OWN;
    showNote(null);
  });
  choice.addEventListener("input", fill);

  function fill() {
    const example = examples.find(({ name }) => name === choice.value) ?? null;
    documentText.value = example ? JSON.stringify(example.document, null, 2) : own;
    showNote(example);
    changed();
  }

  function showNote(example) {
    note.replaceChildren(...(example ? sentence(example) : []));
  }

  return async function show() {
    if (examples) return changed();
    examples = await ask("GET", "/static/examples.json");
    choice.append(...examples.map(
      ({ name, what }) => el("option", { value: name }, `${name}: ${what}`)));
    if (documentText.value === "") {
      choice.value = examples[0].name;
      fill();
    }
  };
}

// "Change `url` and `path` to those of your file."
function sentence({ change, to }) {
  if (change.length === 0) return ["Nothing is to be changed."];
  const names = change.flatMap((name, index) => {
    const between = index === 0 ? "Change " : index < change.length - 1 ? ", " : " and ";
    return [between, el("code", {}, name)];
  });
  return [...names, ` to ${to}.`];
}
