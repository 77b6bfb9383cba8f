"""`mirage rule …`: what rules look for, trying and keeping them, through the API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graph.correlate.books import OWN
from graph.errors import InvalidQuestion
from server.commands.answers import Endpoint, Refusal, endpoint
from server.commands.console import out
from server.commands.documents import rules as documents
from server.commands.listing import columns, moment, print_one, print_rows
from server.commands.modules import read_option
from server.settings import StackSettings


def show_all(settings: StackSettings, *, as_json: bool) -> int:
    """List the rules, by name."""
    found = endpoint(settings).ask(documents.RULE_LIST)["rules"]
    print_rows([_row(each) for each in found], "rules", as_json=as_json)
    return 0


def show(settings: StackSettings, rule: str, *, as_json: bool) -> int:
    """Show a rule with what it means and asks. Raises Refusal."""
    found = _found(endpoint(settings), rule)
    tuned = [
        f"{each['name']}: {each['type']} = {each['value']} ({each['summary']}; {each['default']} by default)"
        for each in found["parameters"]
    ]
    print_one({**_row(found), "parameters": tuned}, as_json=as_json)
    return 0


@dataclass(frozen=True)
class Said:
    """What is said with a change: why, and the version that it goes from (None: whatever that is)."""

    comment: str = ""
    expects: int | None = None


def save(
    settings: StackSettings,
    file: Path,
    name: str,
    said: Said,
    *,
    is_enabled: bool | None,
    as_json: bool,
) -> int:
    """Keep the rule of a file, as `own.` and the file's name where no name is given. Raises Refusal."""
    given = {
        "id": name or f"{OWN}{file.stem}",
        "text": read_text(file),
        "isEnabled": is_enabled,
    }
    return _change(settings, documents.SAVE_RULE, {**given, **asdict(said)}, as_json=as_json)


def set_parameters(
    settings: StackSettings,
    rule: str,
    given: Iterable[str],
    unset: Iterable[str],
    said: Said,
    *,
    as_json: bool,
) -> int:
    """Set parameters given as NAME=VALUE, and leave those of `unset` at their defaults; all others stay as they are.

    Raises InvalidQuestion, Refusal.
    """
    given, unset = list(given), list(unset)
    if not given and not unset:
        raise InvalidQuestion("nothing to set; give parameters as NAME=VALUE, or --unset NAME")
    where = endpoint(settings)
    known = {each["name"]: each for each in _found(where, rule)["parameters"]}
    for name in unset:
        if name not in known:
            raise InvalidQuestion(
                f"{rule} has no parameter {name!r}; it has {', '.join(known) or 'none'}"
            )
    values = {
        name: _value(each) for name, each in known.items() if each["value"] != each["default"]
    }
    forms = {name: _form(each) for name, each in known.items()}
    values |= dict(read_option(each, forms) for each in given)
    kept = {name: value for name, value in values.items() if name not in unset}
    return _change(
        settings,
        documents.SET_RULE,
        {"id": rule, "parameters": kept, **asdict(said)},
        as_json=as_json,
    )


def enable(
    settings: StackSettings, rule: str, said: Said, *, is_enabled: bool, as_json: bool
) -> int:
    """Have a rule evaluated, or not. Raises Refusal."""
    given = {"id": rule, "isEnabled": is_enabled, **asdict(said)}
    return _change(settings, documents.SET_RULE, given, as_json=as_json)


def delete(settings: StackSettings, rule: str, comment: str) -> int:
    """Delete a rule of the organization's own. Raises Refusal."""
    endpoint(settings).change(documents.DELETE_RULE, {"id": rule, "comment": comment})
    out.print(f"the rule {rule} is gone; `mirage rule rollback` brings it back", highlight=False)
    return 0


def roll_back(settings: StackSettings, rule: str, to: int, comment: str, *, as_json: bool) -> int:
    """Set a rule as it was in an earlier version. Raises Refusal."""
    given = {"id": rule, "to": to, "comment": comment}
    return _change(settings, documents.ROLL_BACK_RULE, given, as_json=as_json)


def versions(settings: StackSettings, rule: str, first: int, *, as_json: bool) -> int:
    """List the versions of a rule, latest first; with their texts for programs."""
    given = {"id": rule, "first": first}
    found = endpoint(settings).ask(documents.RULE_VERSIONS, given)["ruleVersions"]
    rows = [
        {
            "version": each["number"],
            "at": moment(each["setAt"]),
            "by": each["setBy"],
            "is_enabled": each["isEnabled"] and not each["isDeleted"],
            "is_deleted": each["isDeleted"],
            "parameters": json.dumps(each["parameters"], ensure_ascii=False),
            "comment": each["comment"],
            **({"text": each["text"]} if as_json else {}),
        }
        for each in found
    ]
    print_rows(rows, "versions", as_json=as_json)
    return 0


def _change(
    settings: StackSettings, document: str, given: Mapping[str, Any], *, as_json: bool
) -> int:
    made = endpoint(settings).change(document, given)["rule"]
    values = [f"{each['name']} = {each['value']}" for each in made["parameters"]]
    print_one({**_row(made), "parameters": values}, as_json=as_json)
    return 0


def read_text(file: Path) -> str:
    """What a file says. Raises InvalidQuestion."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidQuestion(f"{file}: it is no text in UTF-8") from error


def _found(where: Endpoint, rule: str) -> dict[str, Any]:
    found: dict[str, Any] | None = where.ask(documents.RULE_SHOWN, {"id": rule})["rule"]
    if found is None:
        raise Refusal(f"there is no rule {rule}; `mirage rule list` lists them")
    return found


def _row(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as a row; of a failure its reason."""
    return {**columns(rule), "failure": rule["failure"] and rule["failure"]["reason"]}


def _form(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether a parameter's value is a text, or of another form."""
    return {"type": "string" if parameter["type"] in ("duration", "str") else "other"}


def _value(parameter: Mapping[str, Any]) -> Any:
    """A parameter's value as the API takes it."""
    return parameter["value"] if parameter["type"] == "duration" else json.loads(parameter["value"])


def try_out(settings: StackSettings, file: Path, first: int, *, as_json: bool) -> int:
    """Try a rule of a file on what is there: what it would find, and what that takes. Raises Refusal."""
    given = {"text": read_text(file), "first": first}
    told = endpoint(settings).ask(documents.TRY_RULE, given)["tryRule"]
    rows = [
        {
            "score": each["score"],
            "about": f"{each['subject']['kind']} {each['subject']['caption']}",
            "title": each["title"],
        }
        for each in told["findings"]
    ]
    print_rows(rows, "findings", as_json=as_json)
    if not as_json:
        whole = "all there are" if told["isWhole"] else "not all there are"
        out.print(
            f"looked at {told['looks']} subjects, {whole}, in {told['tookMs']:g} ms",
            highlight=False,
        )
    return 0
