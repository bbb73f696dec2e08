// What an outcome rests on, for people to read.
import { el } from "./element.js";

const GLYPHS = { true: "✓", false: "✕" };

/** Names and values; those that are missing are left out. */
export function facts(all) {
  const known = all.filter(([, value]) => value != null && value !== false);
  return el(
    "dl",
    {},
    known.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

/** The details of evidence: conditions as they were written, addresses as links, the rest as text. */
export function details(all) {
  return facts(Object.entries(all).map(([name, value]) => [name, detail(value)]));
}

function detail(value) {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => item?.condition)) return conditions(value);
  if (Array.isArray(value)) return el("code", {}, JSON.stringify(value, null, 2));
  if (value !== null && typeof value === "object") return details(value);
  const text = String(value);
  return /^https?:\/\/\S+$/.test(text)
    ? el("a", { href: text, rel: "noopener noreferrer" }, text)
    : el("code", { class: text.length > 60 && "long" }, text);
}

function conditions(all) {
  const items = all.map(({ condition, satisfied, actual }) =>
    el(
      "li",
      {},
      el(
        "span",
        { class: "glyph", "aria-hidden": "true", "data-state": satisfied ? "SUCCEEDED" : "FAILED" },
        GLYPHS[satisfied],
      ),
      " ",
      el("code", {}, condition),
      satisfied ? " holds" : ` does not hold: ${actual}`,
    ),
  );
  return el("ul", {}, items);
}
