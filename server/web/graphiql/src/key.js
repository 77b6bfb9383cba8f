// The API key: taken from the address once, kept for this browser tab only, never in local storage.

const NAME = "mirage.key";

/** The key of this tab; one in the address (`#key=…`) is moved out of it, so that it is in no history. */
export function storedKey() {
  const given = new URLSearchParams(window.location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem(NAME, given);
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
  }
  return sessionStorage.getItem(NAME) ?? "";
}

/** Keep `key` until the tab is closed; an empty one forgets it. */
export function storeKey(key) {
  if (key) sessionStorage.setItem(NAME, key);
  else sessionStorage.removeItem(NAME);
}
