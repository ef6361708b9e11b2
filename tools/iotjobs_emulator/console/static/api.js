// Asking the emulator: its own /_emulator/… and the control plane, at the same address.

/** An answer that is an error; the message has the service's name of it and its words. */
export class AnswerError extends Error {}

/** One request; the answer's JSON, null without a body. */
export async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new AnswerError("The emulator does not answer: is it still running?");
  }
  const text = await response.text();
  if (response.ok) return text ? JSON.parse(text) : null;
  throw new AnswerError(problemIn(response, text));
}

function problemIn(response, text) {
  const name = response.headers.get("x-amzn-ErrorType") ?? `HTTP ${response.status}`;
  try {
    return `${name}: ${JSON.parse(text).message}`;
  } catch {
    return `${name}: ${text.slice(0, 300)}`;
  }
}

/** `path` with those of the parameters that are neither null nor empty. */
export function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** Entries of the trace after a number, as they come; ends when the emulator does. `begun(life)` is
 *  told whose numbers they are: after a number of another `life` there are all of its entries. */
export async function* followTrace(after, life, begun) {
  const response = await fetch(withQuery("/_emulator/trace", { follow: 1, after, life }));
  if (!response.ok) throw new AnswerError(problemIn(response, await response.text()));
  begun(response.headers.get("Iotjobs-Life"));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield lines.filter(Boolean).map((line) => JSON.parse(line));
  }
}
