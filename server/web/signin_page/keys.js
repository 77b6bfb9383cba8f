// One's API keys for this organization: listed, made and revoked. A new key's text is shown once, and wiped from the page
// when it is left.
import { choice, field, form, make } from "./parts.js";
import { button, change, copying, forgetting, line, moment, panel, plain, query, twice } from "./desk.js";

const LIVES = [{ id: "90", name: "90 days" }, { id: "30", name: "30 days" }, { id: "365", name: "a year" }, { id: "", name: "as long as nobody revokes it" }];
const REACHES = [{ id: "all", name: "All that you may do" }, { id: "read", name: "Reading only" }, { id: "some", name: "What you choose" }];

export function keysPanel() {
  const made = panel("keys", "API keys", "For scripts and programs that act for you in this organization.");
  const list = make("div");
  const making = make("div");
  made.show(list, making);
  const renew = async () => list.replaceChildren(...listed(await everyKey(), revoke, made));
  const revoke = async ({ id, name }) => {
    await change("revokeKey", { id });
    await renew();
    made.enter();
    made.tell("", `The key “${name}” is revoked.`);
  };
  const show = async (isOpen = false) => {
    const { me } = await query("account");
    const submit = async (given) => {
      const { text } = await change("createKey", { input: wanted(given, me.permissions) });
      making.replaceChildren(...shown(text, made, show));
      made.tell("", "The key is made.");
      await renew();
    };
    making.replaceChildren(make("details", { open: isOpen }, make("summary", {}, "Make a key"), makingForm(me.permissions, submit, made)));
  };
  Promise.all([renew(), show()]).catch((problem) => {
    if (!problem.code) throw problem;
    made.tell(problem.detail);
  });
  return made;
}

/** All of one's keys, oldest first. */
async function everyKey() {
  const found = [];
  let page = { endCursor: null, hasNextPage: true };
  while (page.hasNextPage) {
    const { keys } = (await query("keys", { after: page.endCursor })).me;
    found.push(...keys.nodes);
    page = keys.pageInfo;
  }
  return found;
}

function endOf({ revokedAt, rotatedAt, expiresAt }) {
  if (revokedAt) return ["revoked ", moment(revokedAt)];
  if (expiresAt && new Date(expiresAt) <= new Date()) return [rotatedAt ? "replaced " : "ended ", moment(expiresAt)];
  return null;
}

function listed(keys, revoke, place) {
  const alive = keys.filter((each) => !endOf(each));
  const ended = keys.filter(endOf);
  const parts = alive.length
    ? [make("ul", { class: "list" }, ...alive.map((each) => item(each, revoke, place)))]
    : [make("p", {}, "You have no key that works.")];
  if (ended.length) {
    const gone = make("ul", { class: "list" }, ...ended.map((each) => item(each, null, place)));
    parts.push(make("details", {}, make("summary", {}, `Ended keys (${ended.length})`), gone));
  }
  return parts;
}

function item(key, revoke, place) {
  const reach = key.scopes ? key.scopes.map(plain).join(", ") : "all that you may do";
  const marking = key.clearance ? [`reads up to TLP:${key.clearance.replace("_", "+")}`] : [];
  const about = make("div", {},
    make("p", { class: "title" }, key.name, make("code", {}, `mk_${key.prefix}…`)),
    line(["may: ", reach], ...marking),
    line(key.lastUsedAt ? ["used ", moment(key.lastUsedAt)] : "never used", ["made ", moment(key.createdAt)],
      endOf(key) ?? (key.expiresAt ? ["ends ", moment(key.expiresAt)] : "works until it is revoked")));
  if (!revoke) return make("li", {}, about);
  const attributes = { "aria-label": `Revoke ${key.name}` };
  return make("li", {}, about, twice("Revoke", "Revoke it for good", () => revoke(key), place, attributes));
}

function makingForm(permissions, submit, place) {
  const boxes = permissions.map((each) =>
    make("label", { class: "box" }, make("input", { type: "checkbox", name: `may ${each}` }), sentenceOf(each)));
  const some = make("fieldset", { hidden: true }, make("legend", {}, "It may"), ...boxes);
  const parts = [
    ...field("Name", { id: "key-name", name: "name", maxlength: 100, autocomplete: "off" }, "What it is for, such as “nightly import”."),
    ...choice("It works for", "days", LIVES, "key-days"),
    ...choice("It may do", "reach", REACHES, "key-reach"),
    some,
  ];
  const made = form(parts, "Make it", submit, place.tell);
  made.elements.reach.addEventListener("change", (event) => {
    some.hidden = event.target.value !== "some";
  });
  return made;
}

const sentenceOf = (permission) => plain(permission).replace(/^./, (first) => first.toUpperCase());

/** What the form says, as the API asks for it. */
function wanted({ name, days, reach, ...boxes }, permissions) {
  const chosen = {
    all: null,
    read: permissions.filter((each) => each.startsWith("READ_")),
    some: permissions.filter((each) => `may ${each}` in boxes),
  };
  const expiresAt = days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null;
  return { name, expiresAt, scopes: chosen[reach] };
}

/** A new key, this once. */
function shown(text, place, again) {
  const parts = make("div", { class: "once" },
    make("h3", {}, "Your new key"),
    make("p", {}, "It is shown this once. Keep it where secrets are kept."),
    make("code", { class: "secret", id: "new-key" }, text));
  const forget = forgetting(() => parts.replaceChildren());
  const keep = async () => {
    forget();
    place.tell("");
    await again();
    place.enter();
  };
  parts.append(make("div", { class: "acts" },
    copying("Copy", text, "The key is copied.", place), button("I have kept it", keep, place, { class: "" })));
  return [parts];
}
