// The page: asks for a key where there is none, then shows GraphiQL with the example tabs.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./style.css";

import { GraphiQL } from "graphiql";
import { createElement as h, useCallback, useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import { ask, createFetcher, Refused } from "./api.js";
import { examples } from "./examples.js";
import { storeKey, storedKey } from "./key.js";
import markUrl from "./mark.svg";

const WHO = "{ me { email organization role } }";

function Page() {
  const [key, setKey] = useState(storedKey);
  const [account, setAccount] = useState(null);
  const [trouble, setTrouble] = useState("");

  const enter = useCallback(async (given) => {
    setTrouble("");
    try {
      const answer = await ask(given, { query: WHO });
      storeKey(given);
      setKey(given);
      setAccount(answer.data.me);
    } catch (error) {
      storeKey("");
      setKey("");
      setAccount(null);
      setTrouble(sentence(error));
    }
  }, []);

  const leave = useCallback(() => {
    storeKey("");
    setKey("");
    setAccount(null);
  }, []);

  useEffect(() => {
    if (key && !account) enter(key);
  }, [key, account, enter]);

  if (!account) return h(Gate, { trouble, isTrying: Boolean(key), onEnter: enter });
  return h(Explorer, { key, apiKey: key, account, onLeave: leave });
}

/** What a person reads of an error: a sentence, also where no server answered. */
function sentence(error) {
  if (!(error instanceof Refused)) return "The server does not answer. Is it still running?";
  return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
}

function Explorer({ apiKey, account, onLeave }) {
  const fetcher = useMemo(() => createFetcher(apiKey, onLeave), [apiKey, onLeave]);
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
        h(
          "button",
          { type: "button", className: "brand-leave", onClick: onLeave, title: "Forget the key" },
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
      h("label", { htmlFor: "key" }, "API key"),
      h("input", {
        id: "key",
        type: "password",
        autoComplete: "off",
        spellCheck: false,
        placeholder: "mk_…",
        value: given,
        autoFocus: true,
        onChange: (event) => setGiven(event.target.value),
      }),
      trouble && h("p", { className: "gate-trouble", role: "alert" }, trouble),
      h("button", { type: "submit", disabled: isTrying || !given.trim() }, isTrying ? "Trying…" : "Open"),
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
