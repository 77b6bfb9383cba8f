// Asking the API: one operation by POST, subscriptions over a WebSocket. Who asks is a pass: an API key (`{key}`), or the
// session of the browser (`{csrf}`), whose cookie the browser sends and whose token the page has to send beside it.

import { createClient } from "graphql-ws";
import { parse } from "graphql";

const ENDPOINT = new URL("../graphql", window.location.href);
const AUTH = new URL("../auth/", window.location.href);

/** The pass of whoever is signed in with this browser; null where nobody is. */
export async function sessionPass() {
  const response = await fetch(new URL("session", AUTH), { headers: { Accept: "application/json" } });
  const body = await response.json();
  return response.ok && body.csrfToken ? { csrf: body.csrfToken } : null;
}

/** End the session of this browser. */
export async function signOut(pass) {
  await fetch(new URL("sign-out", AUTH), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": pass.csrf },
    body: "{}",
  });
}

function headersOf(pass) {
  return pass.key ? { Authorization: `Bearer ${pass.key}` } : { "X-CSRF-Token": pass.csrf };
}

/** Ask one operation; the answer as GraphQL gives it. Throws `Refused` where there is none. */
export async function ask(pass, params, signal) {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      ...headersOf(pass),
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json;q=0.9",
    },
    body: JSON.stringify(params),
    signal,
  });
  const body = await response.json();
  if (body.data === undefined && body.errors === undefined) throw new Refused(body);
  return body;
}

// The cookie went with another sign-in of this browser, or the session has ended.
const ENDED = new Set(["NOT_AUTHENTICATED", "CSRF_REFUSED"]);

/** A refusal before GraphQL: no key, too large, not now. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? "The server refused.");
    this.code = problem.code ?? "";
  }
}

/** GraphiQL's fetcher for a pass. `onEnded` is called when the pass stops being good. */
export function createFetcher(pass, onEnded) {
  let client;
  return async (given) => {
    const params = withOwnName(given);
    if (isSubscription(params)) {
      client ??= connect(pass);
      return follow(client, params);
    }
    try {
      return await ask(pass, params);
    } catch (error) {
      if (error instanceof Refused && ENDED.has(error.code)) onEnded();
      throw error;
    }
  };
}

function connect(pass) {
  const address = new URL(ENDPOINT);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return createClient({
    url: address.href,
    connectionParams: pass.key ? { Authorization: `Bearer ${pass.key}` } : { csrfToken: pass.csrf },
    lazy: true,
    retryAttempts: 5,
  });
}

/** A subscription as an async iterable, each item an answer. */
function follow(client, params) {
  return client.iterate({
    query: params.query,
    variables: params.variables,
    operationName: params.operationName,
  });
}

function operationsOf(query) {
  return parse(query).definitions.filter((d) => d.kind === "OperationDefinition");
}

/** GraphiQL still says the last tab's name for a moment after a change of tabs; a single operation needs none. */
function withOwnName(params) {
  const operations = operationsOf(params.query);
  return operations.length === 1 ? { ...params, operationName: operations[0].name?.value } : params;
}

function isSubscription({ query, operationName }) {
  const chosen = operationsOf(query).find((d) => !operationName || d.name?.value === operationName);
  return chosen?.operation === "subscription";
}
