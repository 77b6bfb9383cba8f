// The page: shows GraphiQL with the example tabs to whoever is signed in or has a key, and asks the others.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./style.css";

import { GraphiQL } from "graphiql";
import { createElement as h, useCallback, useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import { ask, createFetcher, Refused, sessionPass, signOut } from "./api.js";
import { examples } from "./examples.js";
import { storeKey, storedKey } from "./key.js";
import markUrl from "./mark.svg";

const SIGN_IN = `../signin?next=${encodeURIComponent(window.location.pathname)}`;
const WHO = "{ me { email organization role } }";

function Page() {
  const [pass, setPass] = useState(() => (storedKey() ? { key: storedKey() } : null));
  const [account, setAccount] = useState(null);
  const [trouble, setTrouble] = useState("");
  const [isLooking, setIsLooking] = useState(true);

  const enter = useCallback(async (given) => {
    setTrouble("");
    setIsLooking(true);
    try {
      const answer = await ask(given, { query: WHO });
      storeKey(given.key ?? "");
      setPass(given);
      setAccount(answer.data.me);
    } catch (error) {
      storeKey("");
      setPass(null);
      setAccount(null);
      setTrouble(sentence(error));
    } finally {
      setIsLooking(false);
    }
  }, []);

  const forget = useCallback(() => {
    storeKey("");
    setPass(null);
    setAccount(null);
  }, []);

  const leave = useCallback(async () => {
    if (pass?.csrf) await signOut(pass).catch(() => undefined);
    forget();
  }, [pass, forget]);

  // Once: the key of this tab, else the session of this browser.
  useEffect(() => {
    if (pass) enter(pass);
    else sessionPass().then((found) => (found ? enter(found) : setIsLooking(false)), () => setIsLooking(false));
  }, []);

  if (!account) return h(Gate, { trouble, isTrying: isLooking, onEnter: (key) => enter({ key }) });
  return h(Explorer, { pass, account, onLeave: leave, onEnded: forget });
}

/** What a person reads of an error: a sentence, also where no server answered. */
function sentence(error) {
  if (!(error instanceof Refused)) return "The server does not answer. Is it still running?";
  return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
}

function Explorer({ pass, account, onLeave, onEnded }) {
  const fetcher = useMemo(() => createFetcher(pass, onEnded), [pass, onEnded]);
  return h(
    GraphiQL,
    {
      fetcher,
      defaultTabs: examples,
      isHeadersEditorEnabled: false,
      defaultEditorToolsVisibility: false,
      showPersistHeadersSettings: false,
    },
    h(
      GraphiQL.Logo,
      null,
      h(
        "div",
        { className: "brand" },
        h("img", { src: markUrl, alt: "", width: 22, height: 22 }),
        h("span", { className: "brand-name" }, "Mirage"),
        h(
          "span",
          { className: "brand-who", title: `${account.email}, ${account.role.toLowerCase()}` },
          account.organization,
        ),
        pass.csrf && h("a", { className: "brand-account", href: "../account" }, "Account"),
        h(
          "button",
          { type: "button", className: "brand-leave", onClick: onLeave, title: pass.key ? "Forget the key" : "End the session" },
          "Log out",
        ),
      ),
    ),
  );
}

function Gate({ trouble, isTrying, onEnter }) {
  const [given, setGiven] = useState("");
  const submit = (event) => {
    event.preventDefault();
    if (given.trim()) onEnter(given.trim());
  };
  return h(
    "main",
    { className: "gate" },
    h(
      "form",
      { className: "gate-card", onSubmit: submit },
      h("img", { src: markUrl, alt: "", width: 56, height: 56 }),
      h("h1", null, "Mirage"),
      h("p", { className: "gate-lead" }, "Ask the graph what is known, and why."),
      h("a", { className: "gate-sign-in", href: SIGN_IN }, "Sign in"),
      h("p", { className: "gate-or" }, "or use a key"),
      h("label", { htmlFor: "key" }, "API key"),
      h("input", {
        id: "key",
        type: "password",
        autoComplete: "off",
        spellCheck: false,
        placeholder: "mk_…",
        value: given,
        onChange: (event) => setGiven(event.target.value),
      }),
      trouble && h("p", { className: "gate-trouble", role: "alert" }, trouble),
      h("button", { type: "submit", disabled: isTrying || !given.trim() }, isTrying && given ? "Trying…" : "Open"),
      h(
        "p",
        { className: "gate-hint" },
        h("code", null, "./mirage status"),
        " names the file with the owner’s key. Copy its text into the field. The key stays in this browser tab and is gone when you close it.",
      ),
    ),
  );
}

createRoot(document.getElementById("root")).render(h(Page));
