// Times, for people: what has passed in words, and the exact time behind it.
import { el } from "./element.js";

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

const on = (at, options) => new Date(at).toLocaleString("en-GB", options);
const exactly = (at) => on(at, { dateStyle: "full", timeStyle: "long" });
const time = (at, text) => el("time", { datetime: at, title: exactly(at) }, text);

/** Milliseconds from one time to another. */
export const between = (start, end) => new Date(end) - new Date(start);

/** Milliseconds in at most so many units: `3 min 20 s`. */
export function span(ms, atMost = 2) {
  let rest = Math.max(0, Math.floor(ms / 1_000));
  const first = Math.max(
    0,
    UNITS.findIndex(([, seconds]) => rest >= seconds),
  );
  const parts = UNITS.slice(first, first + atMost).map(([unit, seconds]) => {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    return count > 0 && `${count} ${unit}`;
  });
  return parts.filter(Boolean).join(" ") || "0 s";
}

/** What was measured, as exactly as it is of interest: `450 ms`, `3.2 s`, `3 min 20 s`. */
function measured(ms) {
  if (ms < 1_000) return `${Math.max(0, ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : span(ms);
}

/** The time of day, and the day if it is not today. */
export function clock(at) {
  const today = new Date().toDateString() === new Date(at).toDateString();
  const day = today ? {} : { day: "numeric", month: "short" };
  return time(at, on(at, { ...day, hour: "2-digit", minute: "2-digit", second: "2-digit" }));
}

export const ago = (at, now) =>
  time(at, now - new Date(at) < 2_000 ? "just now" : `${span(now - new Date(at), 1)} ago`);

/** How long it has lasted, with the time it began behind it. */
export const lasting = (start, now) => time(start, span(between(start, now)));

/** How long it took, or has taken so far; empty if it has not begun. */
export function took(start, end, now) {
  if (!start) return el("span", { class: "took" });
  const title = `${exactly(start)} – ${end ? exactly(end) : "now"}`;
  return el("span", { class: "took", title }, end ? measured(between(start, end)) : span(between(start, now)));
}

/** A bar: how much of a span of time is used. */
export function used(start, until, now, label) {
  const max = between(start, until);
  return el("progress", { "aria-label": label, max, value: Math.min(max, Math.max(0, between(start, now))) });
}
