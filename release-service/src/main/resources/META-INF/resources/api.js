// The release API, as its reader sees it.

/** Asks with a token. A refusal becomes an error that says why, with its status. */
export async function ask(token, path, { headers, signal } = {}) {
  const response = await fetch(path, {
    signal,
    cache: "no-store",
    headers: { ...headers, Authorization: `Bearer ${token}` },
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const reason = problem.detail ?? `The service answered ${response.status}`;
  throw Object.assign(new Error(reason), { status: response.status });
}

/** Server-sent events, wherever the network cuts them. EventSource is of no use: it cannot send a token. */
export async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    // A CR at the end may be half of a CRLF.
    const blocks = (text + value).replace(/\r\n|\r(?!$)/g, "\n").split("\n\n");
    text = blocks.pop();
    yield* blocks.map(event).filter(({ data }) => data);
  }
}

function event(block) {
  const fields = block.split("\n").map((line) => /^([^:]*):? ?(.*)$/.exec(line) ?? []);
  const values = (name) => fields.filter(([, key]) => key === name).map(([, , value]) => value);
  return { name: values("event").at(-1), data: values("data").join("\n") };
}
