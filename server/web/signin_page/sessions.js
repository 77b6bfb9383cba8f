// Where one is signed in, and the way to end each of it.
import { make } from "./parts.js";
import { button, change, line, moment, panel, query } from "./desk.js";

const PROGRAMS = [["Edg", "Edge"], ["OPR", "Opera"], ["SamsungBrowser", "Samsung Internet"], ["Firefox", "Firefox"],
  ["FxiOS", "Firefox"], ["CriOS", "Chrome"], ["Chrome", "Chrome"], ["Safari", "Safari"]];
const SYSTEMS = [["Windows", "Windows"], ["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"],
  ["CrOS", "ChromeOS"], ["Mac OS X", "macOS"], ["Linux", "Linux"]];
const WAYS = { PASSWORD: "password", TOTP: "code", RECOVERY: "recovery code", SWITCH: "a change of organization" };

/** The panel; `renew` lists them anew. */
export function sessionsPanel() {
  const made = panel("sessions", "Sessions", "Where you are signed in. End what you do not know, then change your password.");
  const renew = async () => {
    try {
      const { sessions } = await query("sessions");
      made.show(...listed(sessions));
    } catch (problem) {
      if (!problem.code) throw problem;
      made.show();
      made.tell(problem.detail);
    }
  };
  const listed = (sessions) => {
    const inOrder = [...sessions].sort((one, other) => other.isCurrent - one.isCurrent);
    const list = make("ul", { class: "list" }, ...inOrder.map(item));
    if (sessions.length < 2) return [list];
    return [list, button("End all others", endOthers, made)];
  };
  const item = (session) => {
    const device = deviceOf(session);
    const title = make("p", { class: "title", title: session.agent }, device);
    if (session.isCurrent) title.append(make("span", { class: "mark" }, "this one"));
    const facts = [
      line(session.address, session.organization, ["used ", moment(session.lastSeenAt)]),
      line(["signed in by ", wayOf(session.method), " ", moment(session.createdAt)], ["ends ", moment(session.expiresAt)]),
    ];
    const about = make("div", {}, title, ...facts);
    const end = session.isCurrent
      ? []
      : [button("End", () => endOne(session.id, device), made, { "aria-label": `End ${device}, ${session.address}` })];
    return make("li", {}, about, ...end);
  };
  const endOne = async (id, device) => {
    await change("endSession", { id });
    await done(`The session of ${device} has ended.`);
  };
  const endOthers = async () => {
    const { ended } = await change("endOtherSessions");
    await done(ended.length === 1 ? "One other session has ended." : `${ended.length} other sessions have ended.`);
  };
  const done = async (said) => {
    await renew();
    made.enter();
    made.tell("", said);
  };
  renew();
  return { ...made, renew };
}

/** What a person calls the device, from what it calls itself. */
function deviceOf({ agent, kind }) {
  const found = (names) => names.find(([mark]) => agent.includes(mark))?.[1];
  const program = found(PROGRAMS);
  const system = found(SYSTEMS);
  if (kind === "COOKIE" && program) return system ? `${program} on ${system}` : program;
  return agent ? agent.slice(0, 60) : kind === "COOKIE" ? "A browser" : "A program";
}

function wayOf(method) {
  const parts = method.split("+").map((each) => WAYS[each] ?? each.replace(/^OIDC:/, "the provider "));
  return parts.join(" and ");
}
