// One's account: who one is, and panels for the password, the second factor, sessions and keys.
import { choice, form, make, sentence } from "./parts.js";
import { look, panel, plain, post, query, signedIn } from "./desk.js";
import { factorPanel } from "./factor.js";
import { keysPanel } from "./keys.js";
import { passwordPanel } from "./password.js";
import { sessionsPanel } from "./sessions.js";

const content = document.getElementById("content");
const leave = document.getElementById("leave");

function tell(text) {
  const place = document.getElementById("trouble");
  place.textContent = text;
  place.hidden = !text;
}

/** Who is signed in, where, and the way to the other organizations. */
async function whoPanel() {
  const { user, organization, organizations, role } = signedIn();
  const made = panel("who", "Who you are", "A session is in one organization at a time.");
  const { me } = await query("account").catch(() => ({ me: {} })); // what a narrow role may not read is left out
  const rows = [["Name", me.name], ["E-mail", user.email], ["Organization", organization.name],
    ["Role", sentence(plain(role)).slice(0, -1)], ["Reads up to", me.clearance && `TLP:${me.clearance.replace("_", "+")}`]];
  const known = rows.filter(([, text]) => text).map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, text)));
  made.show(make("dl", {}, ...known));
  const others = organizations.filter((each) => each.id !== organization.id);
  if (others.length) {
    const change = async ({ organization: to }) => {
      await post("switch", { organization: to });
      const shown = await start();
      shown.enter();
      shown.tell("", `You are in ${signedIn().organization.name} now.`);
    };
    const changing = form(choice("Another organization", "organization", others), "Change", change, made.tell);
    changing.classList.add("inline");
    changing.querySelector("button").classList.add("second");
    made.body.append(changing);
  }
  return made;
}

/** Show everything anew, as after a change of organization; gives the first panel. */
async function start() {
  tell("");
  await look();
  const who = await whoPanel();
  const sessions = sessionsPanel();
  const column = (panels) => make("div", { class: "column" }, ...panels.map((each) => each.section));
  content.replaceChildren(
    column([who, passwordPanel(sessions)]),
    column([factorPanel(sessions), sessions, keysPanel()]),
  );
  leave.hidden = false;
  return who;
}

async function guarded(act) {
  try {
    await act();
  } catch (problem) {
    if (!problem.code) throw problem;
    tell(sentence(problem.detail));
  }
}

leave.addEventListener("click", () => guarded(async () => {
  await post("sign-out", {});
  window.location.assign("/signin");
}));

guarded(start);
