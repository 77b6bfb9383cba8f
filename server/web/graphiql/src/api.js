// Asking the API: one operation by POST, subscriptions over a WebSocket that says the key in its greeting.

import { createClient } from "graphql-ws";
import { parse } from "graphql";

const ENDPOINT = new URL("../graphql", window.location.href);

/** Ask one operation; the answer as GraphQL gives it. Throws `Refused` where there is none. */
export async function ask(key, params, signal) {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${key}`,
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

/** A refusal before GraphQL: no key, too large, not now. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? "The server refused.");
    this.code = problem.code ?? "";
  }
}

/** GraphiQL's fetcher for a key. `onUnknownKey` is called when the key stops being good. */
export function createFetcher(key, onUnknownKey) {
  let client;
  return async (given) => {
    const params = withOwnName(given);
    if (isSubscription(params)) {
      client ??= connect(key);
      return follow(client, params);
    }
    try {
      return await ask(key, params);
    } catch (error) {
      if (error instanceof Refused && error.code === "NOT_AUTHENTICATED") onUnknownKey();
      throw error;
    }
  };
}

function connect(key) {
  const address = new URL(ENDPOINT);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return createClient({
    url: address.href,
    connectionParams: { Authorization: `Bearer ${key}` },
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
