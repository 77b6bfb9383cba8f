"""`mirage secret …`, as far as it is about single keys of a source: added, listed, changed, removed and tried."""

from __future__ import annotations

from typing import Any

from graph.errors import InvalidQuestion
from server.commands import documents
from server.commands.answers import Endpoint, endpoint
from server.commands.console import out
from server.commands.keeping import typed
from server.commands.listing import moment, print_rows
from server.settings import StackSettings


def list_secrets(settings: StackSettings, *, as_json: bool) -> int:
    """List the organization's keys with their state, never their values."""
    found = endpoint(settings).ask(documents.SECRETS)["secrets"]
    print_rows(found if as_json else [_row(each) for each in found], "secrets", as_json=as_json)
    return 0


def add(settings: StackSettings, source: str, name: str, label: str, expires_at: str | None) -> int:
    """Add a further key: what is typed, or comes on the standard input. Raises Refusal."""
    where = endpoint(settings)
    value = typed(f"{source} {name} ({label})")
    given = {
        "source": source, "name": name, "value": value, "label": label, "expiresAt": expires_at
    }  # fmt: skip
    made = where.change(documents.ADD_SOURCE_KEY, given)["secret"]
    out.print(f"{source} {name} has a further key {made['label']}: {made['id']}", highlight=False)
    return 0


def change(settings: StackSettings, key: str, label: str | None, is_enabled: bool | None) -> int:
    """Call a key otherwise, disable or enable it. Raises Refusal."""
    given = {"id": key, "label": label, "isEnabled": is_enabled}
    made = endpoint(settings).change(documents.CHANGE_SOURCE_KEY, given)["secret"]
    out.print(f"{made['label']} is {made['state']}", highlight=False)
    return 0


def remove(settings: StackSettings, key: str) -> int:
    """Remove one key; exit code 1 if there was none."""
    payload = endpoint(settings).change(documents.REMOVE_SOURCE_KEY, {"id": key})
    out.print(f"{key} is removed" if payload["wasSet"] else f"{key} was not set", highlight=False)
    return 0 if payload["wasSet"] else 1


def try_all(settings: StackSettings, module: str, kind: str, key: str, *, as_json: bool) -> int:
    """Ask a collector about one entity with each of its source's keys; exit code 1 where one of them does not work.

    Raises InvalidQuestion where there is no key to try, Refusal.
    """
    where = endpoint(settings)
    keys = _keys_of(where, module)
    if not keys:
        raise InvalidQuestion(f"{module} has no keys; `mirage secret needed` tells what it needs")
    rows = []
    for each in keys:
        given = {"id": module, "entity": {"kind": kind, "key": key}, "key": each["id"]}
        test = where.change(documents.TEST_MODULE, given)["test"]
        rows.append(
            {
                "name": each["name"],
                "label": each["label"],
                "works": test["keyWorks"],
                "outcome": test["outcome"],
                "fault": test["fault"],
                "error": test["error"],
            }
        )
    print_rows(rows, "keys", as_json=as_json)
    return 0 if all(each["works"] is True for each in rows) else 1


def _keys_of(where: Endpoint, module: str) -> list[dict[str, Any]]:
    """The keys of a collector's source that it has a use for."""
    needed = where.ask(documents.NEEDED_SECRETS)["neededSecrets"]
    names = {
        (each["source"], each["name"])
        for each in needed
        if any(user["id"] == module for user in each["usedBy"])
    }
    found: list[dict[str, Any]] = where.ask(documents.SECRETS)["secrets"]
    return [each for each in found if (each["source"], each["name"]) in names]


def _row(key: dict[str, Any]) -> dict[str, Any]:
    quota = key["quota"]
    return {
        "id": key["id"],
        "source": key["source"],
        "name": key["name"],
        "label": key["label"],
        "version": key["version"],
        "state": key["state"],
        "usable_at": moment(key["usableAt"]),
        "last_used": moment(key["lastUsedAt"]),
        "used_today": quota["usedToday"],
        "left": quota["left"],
        "resets_at": moment(quota["resetsAt"]),
        "trouble": key["trouble"],
    }
