// The second factor: set up in two steps, recovery codes shown once, taken away. The secret and the codes are wiped from
// the page when it is left, and stand nowhere else.
import { field, form, make } from "./parts.js";
import { button, copying, forgetting, panel, post, signedIn } from "./desk.js";

const passwordField = (id, label = "Your password") =>
  field(label, { id, name: "password", type: "password", autocomplete: "current-password" });
const codeField = (id, note) =>
  field("Code", { id, name: "code", autocomplete: "one-time-code", spellcheck: "false", autocapitalize: "none" }, note);

/** `sessions` is the panel that lists what setting it up ends. */
export function factorPanel(sessions) {
  const made = panel("factor", "Second factor", "A code from your telephone besides the password, each time you sign in.");
  new Factor(made, sessions).begin(signedIn().secondFactor);
  return made;
}

class Factor {
  constructor(place, sessions) {
    this.place = place;
    this.sessions = sessions;
    this.forget = () => {};
  }

  begin(isOn) {
    this.forget();
    if (isOn) this.showOn();
    else if (signedIn().password) this.showOff();
    else this.place.show(make("p", {}, "You sign in by a provider, which asks for its own second factor."));
  }

  showOff() {
    const setUp = async ({ password }) => this.showSecret(await post("second-factor/begin", { password }));
    const parts = passwordField("factor-password");
    const places = { SIGN_IN_REFUSED: "password" };
    this.place.show(state("off"), form(parts, "Set it up", setUp, this.place.tell, places));
  }

  showSecret({ secret, uri, picture }) {
    const { place } = this;
    const spaced = secret.match(/.{1,4}/g).join(" ");
    const steps = make("ol", { class: "steps" },
      make("li", {}, "Scan this with an authenticator app.", drawn(picture)),
      make("li", {}, "Or type this secret into it:",
        make("code", { class: "secret", id: "factor-secret" }, spaced),
        make("div", { class: "acts" },
          copying("Copy", secret, "The secret is copied.", place),
          make("a", { class: "button second", href: uri }, "Open in an app here"))),
      make("li", {}, "Type the code that it shows now, within 15 minutes."));
    const confirm = async ({ code }) => {
      const { recoveryCodes } = await post("second-factor/confirm", { code });
      this.showCodes(recoveryCodes, "The second factor is on, and you are signed out everywhere else.");
      await this.sessions.renew();
    };
    const confirming = form(codeField("factor-code"), "Turn it on", confirm, place.tell, { SIGN_IN_REFUSED: "code" });
    const [send, later] = [confirming.lastElementChild, button("Not now", () => this.again(false), place)];
    confirming.append(make("div", { class: "acts" }, send, later));
    place.show(steps, confirming);
    this.forget = forgetting(() => place.show());
    place.enter();
  }

  showOn() {
    const { place } = this;
    const both = (id) => [
      ...passwordField(`${id}-password`),
      ...codeField(`${id}-code`, "The six digits that your app shows now, or a recovery code."),
    ];
    const renew = async ({ password, code }) => {
      const { recoveryCodes } = await post("second-factor/recovery-codes", { password, code });
      this.showCodes(recoveryCodes, "These take the place of your former recovery codes, which are good no more.");
    };
    const remove = async ({ password, code }) => {
      await post("second-factor/remove", { password, code });
      this.again(false);
      place.tell("", "The second factor is off. Your password alone lets you in.");
    };
    place.show(
      state("on"),
      folded("New recovery codes", form(both("codes"), "Make ten new ones", renew, place.tell)),
      folded("Turn it off", form(both("off"), "Turn it off", remove, place.tell)),
    );
  }

  showCodes(codes, said) {
    this.forget();
    const { place } = this;
    const text = `${codes.join("\n")}\n`;
    place.show(
      make("h3", {}, `Recovery codes of ${signedIn().user.email} for Mirage`),
      make("p", {}, "Each lets you in once when your telephone is lost. They are shown this once: keep them apart from your password."),
      make("ol", { class: "codes", id: "recovery-codes" }, ...codes.map((each) => make("li", {}, make("code", {}, each)))),
      make("div", { class: "acts" },
        copying("Copy", text, "The recovery codes are copied.", place),
        button("Download", () => download(text, "mirage-recovery-codes.txt"), place),
        button("Print", () => window.print(), place)),
      button("I have kept them", () => this.again(true), place, { class: "" }),
    );
    this.forget = forgetting(() => place.show());
    place.tell("", said);
    place.enter();
  }

  again(isOn) {
    this.place.tell("");
    this.begin(isOn);
    this.place.enter();
  }
}

const state = (word) => make("p", { class: "state" }, "It is ", make("strong", { class: `is-${word}` }, word));

const folded = (title, ...parts) => make("details", {}, make("summary", {}, title), ...parts);

/** The picture that the server drew, as elements of this page: it comes from our own server, and no script runs in it. */
function drawn(picture) {
  const { documentElement } = new DOMParser().parseFromString(picture, "image/svg+xml");
  const shown = document.importNode(documentElement, true);
  shown.setAttribute("role", "img");
  shown.setAttribute("aria-label", "QR code for an authenticator app");
  return make("div", { class: "picture" }, shown);
}

function download(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
