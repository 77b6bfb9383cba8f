// Signing in, a new password, an invitation: which of them follows from the address. Nothing is kept in the page: the
// session is a cookie that scripts cannot read.
import { ask, choice, field, form as formOf, make, newPasswordField, sentence } from "./parts.js";

const content = document.getElementById("content");
const lead = document.getElementById("lead");

const PAGES = { "/signin": showSignIn, "/password": showPassword, "/invitation": showInvitation };

const form = (parts, button, submit) => formOf(parts, button, submit, tell);

function show(title, said, ...parts) {
  document.title = `Mirage · ${title}`;
  lead.textContent = said;
  tell("");
  content.replaceChildren(...parts);
  content.querySelector("input:not([value]), form:not(.apart) select")?.focus();
}

function tell(trouble, good = "") {
  for (const [id, text] of [["trouble", trouble], ["good", good]]) {
    const place = document.getElementById(id);
    place.textContent = text;
    place.hidden = !text;
  }
}

function away(text, go) {
  const link = make("a", { href: "#" }, text);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go();
  });
  return make("p", { class: "away" }, link);
}

/** Where to go once signed in: a page of this server, whatever the address says. */
function next() {
  const wanted = new URLSearchParams(window.location.search).get("next") ?? "";
  const usual = new URL("/graphiql/", window.location.origin);
  const found = wanted.startsWith("/") ? new URL(wanted, usual) : usual;
  return (found.origin === usual.origin ? found : usual).href;
}

function token() {
  return decodeURIComponent(window.location.hash.slice(1));
}

const emailField = (value) =>
  field("E-mail address", { name: "email", type: "email", autocomplete: "username", value });

let providers = [];

async function showSignIn() {
  let account;
  try {
    ({ providers } = await ask("oidc")); // first: a session that has ended is a refusal
    account = await ask("session");
  } catch (problem) {
    askPassword();
    if (problem.code !== "NOT_AUTHENTICATED") tell(sentence(problem.detail));
    return;
  }
  if (account.user) showSignedIn(account);
  else askPassword();
}

/** A way to each provider that people may sign in by. Links, since this page may send no form anywhere. */
function ways() {
  const { pathname, search } = new URL(next());
  const to = encodeURIComponent(pathname + search);
  const links = providers.map(({ name, title }) =>
    make("a", { class: "way", href: `/auth/oidc/${name}/start?next=${to}` }, `Sign in with ${title}`));
  return links.length ? [make("nav", { class: "ways", "aria-label": "Other ways to sign in" }, ...links)] : [];
}

function askPassword(email = "") {
  const parts = [
    ...emailField(email || undefined),
    ...field("Password", { name: "password", type: "password", autocomplete: "current-password" }),
  ];
  show("Sign in", "Ask the graph what is known, and why.", form(parts, "Sign in", enter), ...ways(), away("Forgot your password?", showForgot));
}

/** Sign in with what is known so far; where more is needed, ask for just that. */
async function enter(given) {
  try {
    await ask("sign-in", { ...given, cookie: true });
  } catch (problem) {
    if (problem.code === "SECOND_FACTOR_NEEDED") return askCode(given);
    if (problem.code === "ORGANIZATION_NEEDED") return askOrganization(given, problem.organizations);
    if (problem.code === "SIGN_IN_REFUSED" && given.organization) askPassword(given.email);
    throw problem;
  }
  window.location.assign(next());
}

function askCode(given) {
  const parts = field(
    "Code",
    { name: "code", autocomplete: "one-time-code", spellcheck: "false", autocapitalize: "none" },
    "The six digits that your authenticator app shows now, or a recovery code.",
  );
  const again = () => askPassword(given.email);
  show("Code", "One more step.", form(parts, "Go on", (more) => enter({ ...given, ...more })), away("Start over", again));
}

function askOrganization(given, organizations) {
  const parts = choice("Organization", "organization", organizations);
  const again = () => askPassword(given.email);
  show("Organization", "Where to?", form(parts, "Go on", (more) => enter({ ...given, ...more })), away("Start over", again));
}

function showSignedIn(account) {
  const others = account.organizations?.filter((each) => each.id !== account.organization.id) ?? [];
  const who = make("p", { class: "who" }, `${account.user.email}, in ${account.organization.name}`);
  const leave = make("button", { type: "button", class: "second" }, "Sign out");
  leave.addEventListener("click", async () => {
    try {
      await ask("sign-out", {}, account.csrfToken);
    } catch (problem) {
      if (problem.code === "AWAY") return tell(sentence(problem.detail));
    }
    askPassword();
    tell("", "You are signed out.");
  });
  const to = next();
  const open = make("button", { type: "button" }, to.includes("/graphiql/") ? "Open GraphiQL" : "Go on");
  open.addEventListener("click", () => window.location.assign(to));
  const own = make("p", { class: "away" }, make("a", { href: "/account" }, "Your account"));
  const parts = [who, make("div", { class: "row" }, open, leave), own];
  if (others.length) {
    const change = ({ organization }) => ask("switch", { organization }, account.csrfToken).then(showSignIn);
    const changing = form(choice("Another organization", "organization", others), "Change", change);
    changing.querySelector("button").classList.add("second");
    changing.classList.add("apart");
    parts.push(changing);
  }
  show("Signed in", "You are signed in.", ...parts);
}

function showForgot() {
  const submit = async ({ email }) => {
    await ask("password/forgot", { email });
    askPassword(email);
    tell("", "If somebody has this address here, a link is on its way. It works for an hour.");
  };
  show("Forgot", "A link for a new password comes by mail.", form(emailField(), "Send the link", submit), away("Back", () => askPassword()));
}

function showPassword() {
  if (!token()) return showForgot();
  const submit = async ({ password }) => {
    await ask("password/reset", { token: token(), password });
    done("Your new password is set, and you are signed out everywhere else.");
  };
  return show("New password", "Set a new password.", form(newPasswordField(), "Set it", submit), away("Ask for another link", showForgot));
}

function showInvitation() {
  const parts = [...field("Your name", { name: "name", autocomplete: "name", maxlength: 100 }), ...newPasswordField()];
  const submit = async ({ name, password }) => {
    await ask("invitation/accept", { token: token(), name, password });
    done("You are in. If you had an account before, its password is as it was.");
  };
  show("Invitation", "You are invited. Who are you?", form(parts, "Come in", submit));
}

/** The link is used: it goes out of the address, and the way on is to sign in. */
function done(said) {
  window.history.replaceState(null, "", "/signin");
  askPassword();
  tell("", said);
}

PAGES[window.location.pathname]?.();
window.addEventListener("hashchange", () => PAGES[window.location.pathname]?.());
