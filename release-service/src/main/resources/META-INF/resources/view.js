// What is seen of releases: functions of what the API said and of the time.
import { el } from "./element.js";
import { details, facts } from "./evidence.js";
import { ago, between, clock, lasting, span, took, used } from "./time.js";

/** The states of releases that have not ended. */
export const ACTIVE = ["ROLLING_BACK", "RUNNING", "PAUSED", "QUEUED"];
/** The most active releases that are shown in full. */
export const MOST_CARDS = 20;

const GLYPHS = {
  PENDING: "○",
  QUEUED: "○",
  RUNNING: "◐",
  WAITING: "◔",
  PAUSED: "‖",
  SUCCEEDED: "✓",
  FAILED: "✕",
  TIMED_OUT: "✕",
  SKIPPED: "–",
  CANCELLED: "⊘",
  ABORTED: "⊘",
  SUPERSEDED: "»",
  ROLLING_BACK: "↺",
  ROLLED_BACK: "↺",
  ROLLBACK_FAILED: "✕",
};

const words = (state) => state[0] + state.slice(1).toLowerCase().replaceAll("_", " ");
const subject = (release) => `${release.application}/${release.environment}`;
const address = (release, anchor = "") => `/?release=${release.id}${anchor && `#${anchor}`}`;
const link = (href, ...text) => el("a", { href }, ...text);
const UUID = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/;
/** Text whose ids of releases lead to them. */
const linked = (text) => text.split(UUID).map((part, i) => (i % 2 ? link(`/?release=${part}`, part) : part));
const quiet = (...text) => el("p", { class: "quiet" }, ...text);

/** Whether nothing more happens to a release. */
export const ended = (release) => !ACTIVE.includes(release.state);

function glyph(state) {
  return el("span", { class: "glyph", "aria-hidden": "true", "data-state": state }, GLYPHS[state] ?? "·");
}

function why({ state, reason }) {
  return reason && el("p", { class: "reason", "data-state": state }, reason);
}

function stateOf(state) {
  return el("span", { class: "state", "data-state": state }, glyph(state), " ", words(state));
}

/** The answer to "why is nothing happening?" */
function awaited(release, { step, what, since, until, then }, now) {
  return el(
    "li",
    {},
    el(
      "p",
      {},
      step ? [link(address(release, `step-${step}`), step), " waits for "] : "Waits for ",
      el("strong", {}, linked(what)),
    ),
    quiet(
      "for ",
      lasting(since, now),
      until && [", until ", clock(until), ` (${span(between(now, until))} left)`],
      then && `, then ${then}`,
    ),
    until && used(since, until, now, `Time used of the wait for ${what}`),
  );
}

function allAwaited(release, now) {
  const items = release.waitingFor.map((waiting) => awaited(release, waiting, now));
  return items.length > 0 && el("ul", { class: "awaited" }, items);
}

function phaseStrip(release) {
  const items = release.phases.map(({ name, state }) => {
    const title = `${name}: ${words(state)}`;
    const href = address(release, `phase-${name}`);
    return el("li", { "data-state": state }, el("a", { href, title, "aria-label": title }, glyph(state), " ", name));
  });
  return el("ol", { class: "strip", "aria-label": "Phases" }, items);
}

// --- All releases

function card(release, now) {
  return el(
    "li",
    { id: `active-${release.id}`, class: "card" },
    el("h3", {}, link(address(release), subject(release), " ", el("b", {}, release.version)), stateOf(release.state)),
    why(release),
    phaseStrip(release),
    allAwaited(release, now),
  );
}

function row(release, now) {
  const { application, environment } = release;
  return el(
    "tr",
    { id: `row-${release.id}` },
    el("th", { scope: "row" }, link(address(release), release.version)),
    el(
      "td",
      {},
      link(`/?${new URLSearchParams({ application, environment })}`, application, "/", el("wbr"), environment),
    ),
    el("td", {}, stateOf(release.state)),
    el("td", {}, ago(release.requestedAt, now)),
    el("td", {}, took(release.requestedAt, release.endedAt, now)),
  );
}

function table(releases, now) {
  const columns = ["Version", "Environment", "State", "Asked for", "Lasted"];
  const head = columns.map((column) => el("th", { scope: "col" }, column));
  const body = releases.map((release) => row(release, now));
  return el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body));
}

/** Releases: the active ones in full, then a page of all. */
export function releasesView({ active, cards, timeline, next }, query, now) {
  const only = ["application", "environment"].map((name) => query.get(name)).filter(Boolean);
  const older = new URLSearchParams(query);
  older.set("cursor", next ?? "");
  document.title = `${active > 0 ? `${active} active · ` : ""}Releases · Slipway`;
  return [
    el("h1", {}, "Releases", only.length > 0 && ` of ${only.join("/")}`),
    only.length > 0 && el("p", {}, link("/", "Releases of all environments")),
    el("h2", {}, `Active (${active})`),
    active > 0
      ? el(
          "ul",
          { class: "cards" },
          cards.map((release) => card(release, now)),
        )
      : quiet("Nothing is on its way."),
    active > cards.length && quiet(`${active - cards.length} more stand in the timeline.`),
    el("h2", {}, "Timeline"),
    timeline.length > 0
      ? table(timeline, now)
      : quiet("No release yet. Ask for one: ", el("code", {}, "POST /api/v1/releases")),
    el(
      "nav",
      { "aria-label": "Pages" },
      query.has("cursor") && link("/", "Newest"),
      next && link(`/?${older}`, "Older"),
    ),
  ];
}

// --- One release

function evidence(release, step, now) {
  return el(
    "div",
    { class: "evidence" },
    step.evidence && el("p", {}, step.evidence.summary),
    step.waitingFor && el("ul", { class: "awaited" }, awaited(release, step.waitingFor, now)),
    facts([
      ["started", step.startedAt && clock(step.startedAt)],
      ["ended", step.endedAt && clock(step.endedAt)],
      ["attempt", step.attempt > 1 && String(step.attempt)],
      ["release", step.release && link(`/?release=${step.release}`, step.release)],
    ]),
    step.evidence && details(step.evidence.details),
  );
}

function stepItem(release, phase, step, now) {
  const line = [
    glyph(step.state),
    el("span", { class: "name" }, step.name),
    el("span", { class: "gist" }, step.waitingFor ? `waits for ${step.waitingFor.what}` : step.evidence?.summary),
    el("span", { class: "word", "data-state": step.state }, words(step.state)),
    took(step.startedAt, step.endedAt, now),
  ];
  const begun = step.attempt > 0 || step.evidence;
  return el(
    "li",
    { id: `step-${phase}.${step.name}` },
    begun
      ? el("details", {}, el("summary", {}, line), evidence(release, step, now))
      : el("div", { class: "line" }, line),
  );
}

function steps(release, phase, all, now) {
  return el(
    "ol",
    { class: "steps" },
    all.map((step) => stepItem(release, phase, step, now)),
  );
}

function phaseSection(release, phase, now) {
  return el(
    "section",
    { id: `phase-${phase.name}`, class: "phase" },
    el("h3", {}, phase.name, " ", stateOf(phase.state), took(phase.startedAt, phase.endedAt, now)),
    steps(release, phase.name, phase.steps, now),
  );
}

function wayBack(release, now) {
  const { reason, startedAt, until, steps: back } = release.rollback;
  const end = release.endedAt ?? new Date(now).toISOString();
  const budget = span(between(startedAt, until));
  return el(
    "section",
    { id: "phase-rollback", class: "back" },
    el("h2", {}, "The way back"),
    el("p", {}, reason),
    quiet(
      "begun ",
      clock(startedAt),
      ", ",
      took(startedAt, release.endedAt, now),
      ` of its ${budget} used`,
      !release.endedAt && [", until ", clock(until)],
    ),
    used(startedAt, until, end, "Time used of the way back"),
    steps(release, "rollback", back, now),
  );
}

function journalEntry({ seq, at, actor, input, changes }) {
  const items = changes.map(({ step, to, text }) => {
    const name = step && `${step.phase}.${step.step}`;
    return el("li", {}, to && stateOf(to), name && link(`#step-${name}`, name), " ", text);
  });
  return el(
    "li",
    { id: `journal-${seq}` },
    quiet(clock(at), ` · ${[input.input, input.event].filter(Boolean).join(" ")} · ${actor}`),
    el("ul", {}, items),
  );
}

function overview(release, now) {
  const all = release.phases.flatMap((phase) => phase.steps);
  const done = all.filter(({ state }) => state === "SUCCEEDED" || state === "SKIPPED").length;
  return facts([
    ["asked for", clock(release.requestedAt)],
    ["by", release.requestedBy],
    ["part of", release.parent && link(`/?release=${release.parent.releaseId}`, subject(release.parent))],
    ["priority", release.priority],
    ["passes freezes", release.optOut && `${release.optOut.reason}, says ${release.optOut.by}`],
    ["started", release.startedAt && clock(release.startedAt)],
    ["ended", release.endedAt && clock(release.endedAt)],
    [release.endedAt ? "took" : "so far", release.startedAt && took(release.startedAt, release.endedAt, now)],
    ["steps done", link("#phases", `${done} of ${all.length}`)],
    ["changes", link("#journal", String(release.revision))],
    ["commit", release.commit && el("code", {}, release.commit)],
    ["plan", `version ${release.planVersion}`],
  ]);
}

/** One release: what it waits for, its way back, its phases and steps, its journal. */
export function releaseView(release, journal, now) {
  document.title = `${GLYPHS[release.state]} ${words(release.state)} · ${release.version} · ${subject(release)}`;
  const calls = release.accepted.map(({ event, by, at }) => el("li", {}, `${event} by ${by}, `, ago(at, now)));
  return [
    el("nav", { "aria-label": "Where" }, link("/", "← All releases")),
    el("h1", {}, subject(release), " ", el("b", {}, release.version)),
    el("p", { id: "state", role: "status" }, stateOf(release.state)),
    release.reason !== release.rollback?.reason && why(release),
    release.toDo && el("p", { id: "to-do" }, release.toDo),
    overview(release, now),
    release.waitingFor.length > 0 &&
      el("section", { id: "awaited" }, el("h2", {}, "Awaited now"), allAwaited(release, now)),
    calls.length > 0 &&
      el("section", { id: "accepted" }, el("h2", {}, "Accepted, without effect yet"), el("ul", {}, calls)),
    release.rollback && wayBack(release, now),
    el(
      "section",
      { id: "phases" },
      el("h2", {}, "Phases"),
      phaseStrip(release),
      release.phases.map((phase) => phaseSection(release, phase, now)),
    ),
    el(
      "section",
      { id: "journal" },
      el("h2", {}, "Journal"),
      el(
        "details",
        {},
        el("summary", {}, `${journal.length} entries: what happened, when, by whom`),
        el("ol", { class: "journal" }, journal.map(journalEntry)),
      ),
    ),
  ];
}

/** What cannot be shown, and why. */
export function nothingView(reason) {
  return [el("h1", {}, "There is nothing to show"), el("p", {}, reason), el("p", {}, link("/", "All releases"))];
}
