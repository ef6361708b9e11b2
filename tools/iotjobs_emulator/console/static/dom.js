// Building and updating the page. Whatever comes from outside goes in as text, never as HTML.

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element. `attributes`: `class`, `on…` functions, any other attribute; null leaves one out.
 *  Children are nodes, or become text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null) node.setAttribute(name, value);
  }
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

/** Set a node's text if it is another one: a selection in it, or a screen reader, is not disturbed. */
export function setText(node, text) {
  if (node.textContent !== String(text)) node.textContent = text;
}

/** Show an error in its place, or with an empty message hide that. */
export function showError(node, message) {
  setText(node, message);
  node.hidden = !message;
}

const nodesOf = new WeakMap();

/** Make the children of `parent` show `items`, in their order. A child stays the same node as long
 *  as there is an item with its key, so that focus and what is open in it stay as well.
 *  `create(item)` makes one, `update(node, item)` brings it up to date. */
export function showList(parent, items, keyOf, create, update) {
  const before = nodesOf.get(parent) ?? new Map();
  const now = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const node = before.get(key) ?? create(item);
    update(node, item);
    now.set(key, node);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  for (const [key, node] of before) if (!now.has(key)) node.remove();
  nodesOf.set(parent, now);
}

/** Pages of a list: remembers where each began. `changed()` is called when another one is wanted. */
export class Pages {
  constructor(node, changed) {
    this.starts = [null];
    this.first = el("button", { type: "button", onclick: () => this.go([null]) }, "First page");
    this.more = el("button", { type: "button", onclick: () => this.go([...this.starts, this.next]) },
      "Next page");
    this.node = node;
    this.changed = changed;
    node.append(this.first, this.more);
  }

  /** What the shown page is asked for with; null: the first one. */
  get start() {
    return this.starts.at(-1);
  }

  go(starts) {
    this.starts = starts;
    this.changed();
  }

  /** Tell what the next page begins with, null: there is none. */
  show(next) {
    this.next = next;
    this.first.disabled = this.start === null;
    this.more.disabled = next === null;
    this.node.hidden = next === null && this.start === null;
  }
}

/** Let a dialog's `data-close` button close it, and its form's submission call `submit()`: what
 *  that throws is shown in `error`, and what it returns closes the dialog. */
export function dialogForm(dialog, form, error, submit) {
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    showError(error, "");
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      await submit();
      dialog.close();
    } catch (problem) {
      showError(error, problem.message);
    } finally {
      button.disabled = false;
    }
  });
}
