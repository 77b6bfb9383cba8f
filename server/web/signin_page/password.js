// The password: changed by the current one. What is wrong with it is told at its field.
import { field, form, make, newPasswordField } from "./parts.js";
import { panel, post, signedIn } from "./desk.js";

const RULES = [
  "12 to 256 characters, any you like: nothing has to be mixed, and nothing expires.",
  "Not your address or name, no repetition, no row of the keyboard, nothing that others try first.",
  "Changing it ends all your other sessions. API keys stay as they are.",
];

/** `sessions` is the panel that lists what a change ends. */
export function passwordPanel(sessions) {
  const made = panel("password", "Password", "To change it, you need the one you have.");
  if (!signedIn().password) {
    made.show(make("p", {}, "You have no password here: you sign in by a provider."));
    return made;
  }
  const rules = make("ul", { class: "rules", id: "password-rules" }, ...RULES.map((each) => make("li", {}, each)));
  const parts = [
    // For password managers, which keep a password by its address.
    make("input", { type: "email", autocomplete: "username", value: signedIn().user.email, readonly: true, hidden: true }),
    ...field("Current password", { id: "password-current", name: "current", type: "password", autocomplete: "current-password" }),
    ...newPasswordField("password-new", ""), // the rules say more than its note
  ];
  parts.at(-1).setAttribute("aria-describedby", rules.id);
  const submit = async ({ current, password }) => {
    await post("password/change", { current, password });
    changing.reset();
    made.tell("", "Your password is changed, and you are signed out everywhere else.");
    await sessions.renew();
  };
  const places = { SIGN_IN_REFUSED: "current", WEAK_PASSWORD: "password" };
  const changing = form([...parts, rules], "Change the password", submit, made.tell, places);
  made.show(changing);
  return made;
}
