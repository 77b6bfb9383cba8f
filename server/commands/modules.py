"""`mirage module …`: collectors, importers, rules and channels, how they stand, set and tried, through the API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from graph.errors import InvalidQuestion
from server.commands import documents
from server.commands.answers import Endpoint, Refusal, endpoint
from server.commands.console import out
from server.commands.listing import columns, moment, print_one, print_rows
from server.settings import StackSettings

PARTS = ("options", "fresh", "usage", "settings")


def show_all(settings: StackSettings, kind: str | None, *, as_json: bool) -> int:
    """List modules of one kind or of all, by name."""
    found = endpoint(settings).nodes(documents.MODULE_LIST, {"kind": kind})
    print_rows([_row(each) for each in found], "modules", as_json=as_json)
    return 0


def show(settings: StackSettings, module: str, days: int, *, as_json: bool) -> int:
    """Show one module; its usage in the runs of the last `days`, without it where that is 0."""
    found = _found(endpoint(settings), module, days)
    told = _told(found)
    told["options"] = _options(found)
    told["fresh"] = _fresh(found, as_json=as_json)
    usage = found.get("usage")
    told["usage"] = [columns(usage)] if usage else []
    told["settings"] = [
        {**columns(each), "set_at": moment(each["setAt"])} for each in found["settings"]
    ]
    if as_json:
        print_one(told | {"usage": next(iter(told["usage"]), None)}, as_json=True)
        return 0
    print_one({name: each for name, each in told.items() if name not in PARTS}, as_json=False)
    for name in PARTS:
        if told[name]:
            out.print(f"\n{name}" + (f", {days} days" if name == "usage" else ""))
            print_rows([_written(each) for each in told[name]], name, as_json=False)
    return 0


def enable(settings: StackSettings, module: str, *, is_enabled: bool, as_json: bool) -> int:
    """Have the organization use a module, or not. Raises Refusal."""
    given = {"id": module, "isEnabled": is_enabled}
    made = endpoint(settings).change(documents.CONFIGURE_MODULE, given)["module"]
    print_one(_row(made), as_json=as_json)
    return 0


def configure(
    settings: StackSettings,
    module: str,
    given: Sequence[str],
    unset: Sequence[str],
    *,
    as_json: bool,
) -> int:
    """Set options given as NAME=VALUE, and leave those of `unset` to the manifest; all others stay as they are.

    Raises InvalidQuestion where that is not the form or nothing is given, Refusal with what cannot be set.
    """
    if not given and not unset:
        raise InvalidQuestion("nothing to set; give options as NAME=VALUE, or --unset NAME")
    where = endpoint(settings)
    found = _found(where, module, 0)
    known = found["options"]["properties"]
    options = dict(_set(found))
    for name in unset:
        if name not in known:
            raise InvalidQuestion(
                f"{module} has no option {name!r}; it has {', '.join(known) or 'none'}"
            )
        options.pop(name, None)
    options |= dict(read_option(each, known) for each in given)
    made = where.change(documents.CONFIGURE_MODULE, {"id": module, "options": options})["module"]
    told = _row(made) | {"options": _set(made)}
    print_one(told if as_json else _written(told), as_json=as_json)
    return 0


def try_out(settings: StackSettings, module: str, key: str, kind: str, *, as_json: bool) -> int:
    """Ask a collector about one entity, by its key; of which kind need not be said where it looks at one only.

    Exit code 1 where that ends in an error. Raises InvalidQuestion where the kind has to be said, Refusal.
    """
    where = endpoint(settings)
    if not kind:
        kinds = _found(where, module, 0)["inputs"]
        if len(kinds) != 1:
            raise InvalidQuestion(f"say with --kind what {key!r} is: {' or '.join(kinds)}")
        (kind,) = kinds
    entity = {"kind": kind, "key": key}
    test = where.change(documents.TEST_MODULE, {"id": module, "entity": entity})["test"]
    told = columns(test)
    facts = told.pop("facts")
    if as_json:
        print_one(told | {"facts": facts}, as_json=True)
    else:
        print_one(told, as_json=False)
        if facts:
            out.print()
            print_rows(facts, "facts", as_json=False)
    return 1 if test["outcome"] == "ERROR" else 0


def pin(settings: StackSettings, module: str, version: int | None, *, as_json: bool) -> int:
    """Have a collector asked in one version alone; None for any. Raises Refusal."""
    given = {"id": module, "version": version}
    made = endpoint(settings).change(documents.PIN_MODULE, given)["module"]
    print_one(_row(made), as_json=as_json)
    return 0


def reset(settings: StackSettings, module: str, *, as_json: bool) -> int:
    """Have a collector that does not work asked again at once. Raises Refusal."""
    made = endpoint(settings).change(documents.RESET_MODULE, {"id": module})["module"]
    print_one(_row(made), as_json=as_json)
    return 0


def _found(where: Endpoint, module: str, days: int) -> dict[str, Any]:
    given = {"id": module, "days": days or 1, "counts": days > 0}
    found = where.ask(documents.MODULE_SHOWN, given)["module"]
    if found is None:
        raise Refusal(f"there is no module {module}; `mirage module list` tells which there are")
    return dict(found)


def _row(module: Mapping[str, Any]) -> dict[str, Any]:
    """A module as it is listed."""
    health = module["health"]
    return {
        "id": module["id"],
        "kind": module["kind"],
        "class": module["activity"],
        "status": module["status"],
        "enabled": module["isEnabled"],
        "pinned": module["pinned"],
        "health": health and health["state"],
        "workers": module["workers"],
        "secrets_missing": [each["name"] for each in module["secrets"] if not each["isSet"]],
        "title": module["title"],
    }


def _told(module: Mapping[str, Any]) -> dict[str, Any]:
    """All of a module that is no table."""
    health, origin = module["health"] or {}, module["origin"]
    brought = [origin[name] for name in ("kind", "distribution", "version") if origin[name]]
    return _row(module) | {
        "summary": module["summary"],
        "version": module["version"],
        "origin": " ".join(brought),
        "source": module["source"],
        "docs": module["docs"],
        "terms": module["terms"],
        "inputs": module["inputs"],
        "outputs": module["outputs"],
        "ceiling": module["ceiling"],
        "most_requests": module["mostRequests"],
        "live_versions": module["liveVersions"],
        "secrets_set": [each["name"] for each in module["secrets"] if each["isSet"]],
        "not_well_because": health.get("reason"),
        "fault": health.get("fault"),
        "not_well_since": moment(health.get("since")),
        "not_asked_until": moment(health.get("until")),
        "failures": health.get("failures"),
    }


def _set(module: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options that the organization has set."""
    versions: Sequence[Mapping[str, Any]] = module["settings"]
    return versions[0]["options"] if versions else {}


def _options(module: Mapping[str, Any]) -> list[dict[str, Any]]:
    chosen = _set(module)
    return [
        {
            "option": name,
            "type": each["type"],
            "value": chosen.get(name, each.get("default")),
            "set": name in chosen,
            "description": each["description"],
        }
        for name, each in module["options"]["properties"].items()
    ]


def _fresh(module: Mapping[str, Any], *, as_json: bool) -> list[dict[str, Any]]:
    """How long its answers are used again: in seconds, and for people in words."""
    if as_json:
        return [dict(each) for each in module["fresh"]]
    return [
        {
            "input": each["input"],
            "for": str(timedelta(seconds=each["seconds"])) if each["seconds"] else "never",
        }
        for each in module["fresh"]
    ]


def read_option(given: str, known: Mapping[str, Mapping[str, Any]]) -> tuple[str, Any]:
    """An option as NAME=VALUE: a text is taken as it stands, all else is JSON. Raises InvalidQuestion."""
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise InvalidQuestion(
            f"{given!r} is no option: NAME=VALUE is right, such as ports=[22,443]"
        )
    if known.get(name, {}).get("type") == "string":
        return name, value
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        # The server tells what would be right, with the place.
        return name, value


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose values of any form stand on one line."""
    return {
        name: json.dumps(each, ensure_ascii=False) if isinstance(each, list | dict) else each
        for name, each in row.items()
    }
