// What the panels of the account's page share: who is signed in, requests in their name, and what tells results.
import { ask, make, request, sentence } from "./parts.js";

const SIGN_IN = "/signin?next=/account";
const GONE = new Set(["NOT_AUTHENTICATED", "SESSION_ENDED", "CSRF_REFUSED"]);
const NEVER = new Promise(() => {});

let account = null;
let texts = {};
const wipes = new Set();

/** Who is signed in, as the server told last. */
export const signedIn = () => account;

/** Ask who is signed in, at the start and after each change of it; whoever is not goes to sign in. */
export async function look() {
  [account, texts] = await Promise.all([asked(() => ask("session")), request("/signin/documents.json")]);
  if (!account.user) await toSignIn();
}

function toSignIn() {
  window.location.replace(SIGN_IN);
  return NEVER; // nothing is shown any more
}

/** What a request answers. Where the session is another or none, the page begins anew. */
async function asked(send) {
  try {
    return await send();
  } catch (problem) {
    const first = problem.errors?.[0];
    const told = first ? { code: first.extensions?.code, detail: first.message } : problem;
    if (GONE.has(told.code)) return toSignIn();
    throw told;
  }
}

/** Send to an endpoint under /auth. */
export const post = (path, body) => asked(() => ask(path, body, account.csrfToken));

/** Ask one of the page's documents; its data, or a thrown problem. */
export async function query(name, variables = {}) {
  const answer = await asked(() => request("/graphql", { query: texts[name], variables }, account.csrfToken));
  if (!answer.errors) return answer.data;
  throw { code: answer.errors[0].extensions?.code ?? "REFUSED", detail: answer.errors[0].message };
}

/** Change something by one of the documents; its payload, or what is to mend as a thrown problem. */
export async function change(name, variables) {
  const [payload] = Object.values(await query(name, variables));
  const wrong = payload.errors[0];
  if (wrong) throw { code: "REFUSED", detail: wrong.message, field: wrong.field?.split(".").pop() };
  return payload;
}

/** Have something that nobody else should see forgotten when the page is left. Gives what forgets it at once. */
export function forgetting(wipe) {
  const once = () => {
    wipes.delete(once);
    wipe();
  };
  wipes.add(once);
  return once;
}

window.addEventListener("pagehide", () => {
  for (const wipe of wipes) wipe();
  for (const input of document.querySelectorAll("input[type=password]")) input.value = "";
});
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

/** Say something to those who hear the page. */
function announce(text) {
  document.getElementById("told").textContent = text;
}

/** A part of the page under a heading: `show` puts things into it, `tell` says how something went. */
export function panel(id, title, lead) {
  const heading = make("h2", { id: `${id}-title`, tabindex: "-1" }, title);
  const body = make("div", { class: "body" });
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  const good = make("p", { class: "good", hidden: true });
  const section = make("section", { class: "panel", id, "aria-labelledby": heading.id },
    heading, make("p", { class: "note" }, lead), body, trouble, good);
  const tell = (bad, well = "") => {
    for (const [place, text] of [[trouble, bad], [good, well]]) {
      place.textContent = text;
      place.hidden = !text;
    }
    announce(well);
  };
  return { section, body, tell, show: (...parts) => body.replaceChildren(...parts), enter: () => heading.focus() };
}

/** A button that does something, and tells in its panel what went wrong. */
export function button(label, act, { tell }, attributes = {}) {
  const made = make("button", { type: "button", class: "second", ...attributes }, label);
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await act();
    } catch (problem) {
      if (!problem.code) throw problem;
      tell(sentence(problem.detail));
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

/** A button for what cannot be undone: it asks once more. */
export function twice(label, sure, act, place, attributes = {}) {
  const acts = make("span", { class: "acts" });
  const first = make("button", { type: "button", class: "second", ...attributes }, label);
  const keep = make("button", { type: "button", class: "second" }, "Keep it");
  const really = button(sure, act, place, { class: "grave" });
  first.addEventListener("click", () => {
    acts.replaceChildren(really, keep);
    really.focus();
  });
  keep.addEventListener("click", () => {
    acts.replaceChildren(first);
    first.focus();
  });
  acts.append(first);
  return acts;
}

/** A button that copies a text. */
export function copying(label, text, told, place) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      place.tell("", told);
    } catch {
      place.tell("The browser does not let this page copy. Select the text and copy it yourself.");
    }
  };
  return button(label, copy, place);
}

/** A moment in words, with all of it on demand. */
export function moment(iso) {
  const at = new Date(iso);
  const exact = at.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  return make("time", { datetime: iso, title: exact }, since(at) ?? exact);
}

const WORDS = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function since(at) {
  const minutes = Math.round((at - Date.now()) / 60_000);
  if (Math.abs(minutes) < 2) return "just now";
  if (Math.abs(minutes) < 60) return WORDS.format(minutes, "minute");
  if (Math.abs(minutes) < 24 * 60) return WORDS.format(Math.round(minutes / 60), "hour");
  return null;
}

/** What is told beside each other, apart by dots. */
export const line = (...parts) => make("p", { class: "facts" }, ...parts.map((each) => make("span", {}, ...[each].flat())));

/** A name of the API in small letters. */
export const plain = (name) => name.toLowerCase().replaceAll("_", " ");
