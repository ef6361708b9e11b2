// Times as people read them. All times come in seconds since 1970, by the emulator's clock.

import { el, setText } from "./dom.js";

const two = (number) => String(number).padStart(2, "0");
const day = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
let now = Date.now() / 1000;

/** Tell what time the emulator's clock shows. */
export function setNow(seconds) {
  now = seconds;
}

/** "12:00:01", with the day in front if it is not the emulator's today. */
export function clockText(seconds) {
  const date = new Date(seconds * 1000);
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return day(date) === day(new Date(now * 1000)) ? clock : `${day(date)} ${clock}`;
}

/** The same with milliseconds. */
export function preciseText(seconds) {
  const thousandths = Math.floor(seconds * 1000) % 1000;
  return `${clockText(seconds)}.${String(thousandths).padStart(3, "0")}`;
}

/** A <time> element. */
export function timeNode(seconds) {
  return showTime(el("time"), seconds);
}

/** Let a <time> element show this. */
export function showTime(node, seconds) {
  setText(node, clockText(seconds));
  const exact = new Date(seconds * 1000).toISOString();
  if (node.dateTime !== exact) node.dateTime = node.title = exact;
  return node;
}

/** "4 min 10 s" for a number of seconds from now on. */
export function durationText(seconds) {
  const whole = Math.max(Math.round(seconds), 0);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
