// What the pages outside GraphiQL are made of: requests, elements and forms. Nothing is kept here.

/** Send a request of a page; its answer, or a thrown problem with `code` and `detail`. */
export async function request(path, body, token) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers["X-CSRF-Token"] = token;
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw { code: "AWAY", detail: "the server does not answer; is it still running?" };
  }
  const text = await response.text();
  const answer = text ? JSON.parse(text) : {};
  if (!response.ok) throw answer;
  return answer;
}

/** Ask an endpoint of those under /auth. */
export const ask = (path, body, token) => request(`/auth/${path}`, body, token);

/** An element with attributes and children. Texts are texts: nothing here is ever read as HTML. */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A labelled field. `id` tells fields of one name apart; `note` says what is right. */
export function field(label, attributes, note) {
  const id = attributes.id ?? `field-${attributes.name}`;
  const input = make("input", { required: true, ...attributes, id });
  const parts = [make("label", { for: id }, label), input];
  if (note) {
    parts.push(make("p", { class: "note", id: `${id}-note` }, note));
    input.setAttribute("aria-describedby", `${id}-note`);
  }
  return parts;
}

export function choice(label, name, options, id = `field-${name}`) {
  const listed = options.map((each) => make("option", { value: each.id }, each.name));
  return [make("label", { for: id }, label), make("select", { id, name }, ...listed)];
}

/** A field for a password that is set anew. */
export const newPasswordField = (id, note = "At least 12 characters. A few unrelated words are good.") =>
  field(
    "New password",
    { id, name: "password", type: "password", autocomplete: "new-password", minlength: 12, maxlength: 256 },
    note,
  );

/** A form that tells what went wrong and cannot be sent twice at once.
 *
 * A refusal is told at the field that it names, or that `places` has for its code; any other by `tell`. */
export function form(parts, button, submit, tell, places = {}) {
  const send = make("button", { type: "submit" }, button);
  const made = make("form", { method: "post" }, ...parts, send);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell("");
    clearRefusals(made);
    send.disabled = true;
    try {
      await submit(Object.fromEntries(new FormData(made)));
    } catch (problem) {
      if (!problem.code) throw problem;
      const input = made.elements[problem.field ?? places[problem.code]];
      if (input) refuse(input, sentence(problem.detail));
      else tell(sentence(problem.detail));
    } finally {
      send.disabled = false;
    }
  });
  return made;
}

/** Tell at a field what is wrong with it, and go there. */
function refuse(input, said) {
  const id = `${input.id}-refusal`;
  input.after(make("p", { class: "refusal", id, role: "alert" }, said));
  input.setAttribute("aria-invalid", "true");
  const notes = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
  input.setAttribute("aria-describedby", [id, ...notes].join(" "));
  input.focus();
  input.select?.();
}

function clearRefusals(made) {
  for (const each of made.querySelectorAll(".refusal")) {
    const input = each.previousElementSibling;
    const notes = input.getAttribute("aria-describedby").split(" ").filter((id) => id !== each.id);
    if (notes.length) input.setAttribute("aria-describedby", notes.join(" "));
    else input.removeAttribute("aria-describedby");
    input.removeAttribute("aria-invalid");
    each.remove();
  }
}

export function sentence(text) {
  const said = text || "The server refused.";
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${/[.!?]$/.test(said) ? "" : "."}`;
}
