// The status page: asks the API, keeps the view up to date while it is looked at, and asks people for their token.
import { ask, events } from "./api.js";
import { become, el } from "./element.js";
import { ACTIVE, MOST_CARDS, ended, nothingView, releaseView, releasesView } from "./view.js";

const POLL_MS = 2_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const REFUSED = "The token was refused. It may be mistyped, or of another Slipway.";

const byId = (id) => document.getElementById(id);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const query = new URLSearchParams(location.search);
let token = tokenFromAddress() ?? sessionStorage.getItem("token");
let view;
// A page that nobody looks at holds no connection: a browser has only a few for each server.
let hidden = new AbortController();

// --- What is shown

/** Shows a view, which is made anew each second, since times pass in it. */
function show(newView) {
  const first = !view;
  view = newView;
  become(byId("view"), el("main", { id: "view", tabindex: "-1" }, view(Date.now())));
  if (first) goToAnchor();
}

/** Links into the page lead to parts that were not there when it was loaded, or are closed. */
function goToAnchor() {
  const anchor = location.hash && byId(location.hash.slice(1));
  if (!anchor) return;
  anchor.querySelector("details")?.setAttribute("open", "");
  anchor.scrollIntoView();
}

function connection(state, reason = "") {
  const badge = byId("connection");
  badge.dataset.state = state;
  badge.title = reason;
  if (badge.textContent !== state) badge.textContent = state;
}

// --- What is asked

const read = async (path, signal) => (await ask(token, path, { signal })).json();

async function showReleases(signal, heard) {
  const page = (more) => {
    const wanted = ["application", "environment"]
      .filter((name) => query.get(name))
      .map((name) => [name, query.get(name)]);
    return read(`/api/v1/releases?${new URLSearchParams([...wanted, ...Object.entries(more)])}`, signal);
  };
  const cursor = query.get("cursor");
  // Active ones are asked for by state: a release that waits for days may stand far down the timeline.
  const [timeline, ...byState] = await Promise.all([
    page(cursor ? { cursor } : {}),
    ...ACTIVE.map((state) => page({ state })),
  ]);
  const active = byState.flatMap(({ items }) => items);
  const cards = await Promise.all(active.slice(0, MOST_CARDS).map(({ id }) => read(`/api/v1/releases/${id}`, signal)));
  heard("live");
  const all = { active: active.length, cards, timeline: timeline.items, next: timeline.next };
  show((now) => releasesView(all, query, now));
  await pause(POLL_MS);
  return true;
}

async function followRelease(signal, heard) {
  const path = `/api/v1/releases/${encodeURIComponent(query.get("release"))}`;
  let release = await read(path, signal);
  await showRelease(path, release, signal);
  if (!ended(release)) {
    heard("live");
    const stream = await ask(token, `${path}/stream`, { headers: { Accept: "text/event-stream" }, signal });
    for await (const { name, data } of events(stream.body)) {
      if (name !== "status") continue;
      release = JSON.parse(data);
      await showRelease(path, release, signal);
      if (ended(release)) break;
    }
  }
  if (!ended(release)) throw new Error("The connection was closed");
  heard("ended");
  return false;
}

const journal = [];

async function showRelease(path, release, signal) {
  show((now) => releaseView(release, journal, now));
  for (let more = true; more;) {
    const known = journal.length ? `?cursor=${journal.at(-1).seq}` : "";
    const page = await read(`${path}/journal${known}`, signal);
    journal.push(...page.items);
    more = page.next;
  }
  show(view);
}

/** Calls while the page is visible, for as long as it returns true; again, ever later, when it fails. */
async function keep(upToDate) {
  let failures = 0;
  const heard = (state) => {
    failures = 0;
    connection(state);
  };
  for (let more = true; more;) {
    await visible();
    const { signal } = hidden;
    try {
      more = await upToDate(signal, heard);
    } catch (problem) {
      if (signal.aborted) continue;
      if (problem.status >= 400 && problem.status < 500) throw problem;
      connection("reconnecting", problem.message);
      await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++) * (1 + Math.random()));
    }
  }
}

async function visible() {
  while (document.visibilityState !== "visible") {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
}

// --- The token

/** Takes the token out of the address, lest it be shared with it. */
function tokenFromAddress() {
  const [, given] = /^#token=(.+)$/.exec(location.hash) ?? [];
  if (!given) return null;
  history.replaceState(null, "", location.pathname + location.search);
  sessionStorage.setItem("token", given);
  return given;
}

function askForToken(refusal) {
  view = null;
  connection("");
  byId("view").hidden = true;
  byId("forget").hidden = true;
  byId("sign-in").hidden = false;
  byId("refusal").textContent = refusal;
  byId("token").value = "";
  byId("token").focus();
}

async function start() {
  if (!token) return askForToken("");
  // Others cannot be sent in a header.
  if (!/^[!-~]+$/.test(token)) return askForToken(REFUSED);
  byId("sign-in").hidden = true;
  byId("view").hidden = false;
  byId("forget").hidden = false;
  try {
    await keep(query.has("release") ? followRelease : showReleases);
  } catch (problem) {
    if (problem.status === 401) return askForToken(REFUSED);
    connection("");
    show(() => nothingView(problem.message));
  }
}

byId("sign-in").addEventListener("submit", (submit) => {
  submit.preventDefault();
  token = byId("token").value.trim();
  sessionStorage.setItem("token", token);
  start();
});
byId("forget").addEventListener("click", () => {
  sessionStorage.removeItem("token");
  location.reload();
});
addEventListener("hashchange", () => (tokenFromAddress() ? location.reload() : goToAnchor()));
document.addEventListener("visibilitychange", () => {
  hidden.abort();
  hidden = new AbortController();
});
setInterval(() => view && show(view), 1_000);
start();
