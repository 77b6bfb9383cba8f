"""`mirage channel …`: over which channels the organization is told of what happens, through the API."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from graph.errors import InvalidQuestion
from server.commands.answers import Refusal, endpoint
from server.commands.console import out
from server.commands.documents import channels as documents
from server.commands.keeping import typed
from server.commands.listing import moment, print_one, print_rows
from server.commands.modules import read_option
from server.notify.events import TEST, ChannelEvent
from server.settings import StackSettings


def show_all(settings: StackSettings, *, as_json: bool) -> int:
    """List the channels, by name."""
    found = endpoint(settings).nodes(documents.CHANNEL_LIST, {})
    print_rows([_row(each) for each in found], "channels", as_json=as_json)
    return 0


def add(
    settings: StackSettings,
    module: str,
    given: Mapping[str, Any],
    options: Sequence[str],
    *,
    as_json: bool,
) -> int:
    """Make a channel of what is given of a ChannelInput and options as NAME=VALUE; its secrets are typed.

    Raises InvalidQuestion, Refusal.
    """
    where = endpoint(settings)
    found = where.ask(documents.CHANNEL_MODULE, {"id": module})["module"]
    if found is None or found["kind"] != "CHANNEL":
        raise Refusal(
            f"there is no channel module {module}; `mirage module list --kind channel` lists them"
        )
    known = found["options"]["properties"]
    wanted = {
        **given,
        "module": module,
        "options": dict(read_option(each, known) for each in options),
        "secrets": _typed(module, found["needsSecrets"]),
    }
    made = where.change(documents.CREATE_CHANNEL, {"input": wanted})["channel"]
    print_one(_row(made), as_json=as_json)
    return 0


def enable(settings: StackSettings, channel: str, *, is_enabled: bool, as_json: bool) -> int:
    """Have a channel tell of what happens, or not. Raises Refusal."""
    given = {"id": channel, "input": {"isEnabled": is_enabled}}
    made = endpoint(settings).change(documents.UPDATE_CHANNEL, given)["channel"]
    print_one(_row(made), as_json=as_json)
    return 0


def remove(settings: StackSettings, channel: str) -> int:
    """Delete a channel with its deliveries. Raises Refusal."""
    endpoint(settings).change(documents.DELETE_CHANNEL, {"id": channel})
    out.print(f"the channel {channel} is gone", highlight=False)
    return 0


def try_out(settings: StackSettings, channel: str, *, as_json: bool) -> int:
    """Send a notice that tells of nothing; exit code 1 where it has not arrived. Raises Refusal."""
    made = endpoint(settings).change(documents.TEST_CHANNEL, {"id": channel})["delivery"]
    print_one(_sent(made), as_json=as_json)
    return 0 if made["state"] == "DELIVERED" else 1


def deliveries(
    settings: StackSettings, channel: str, state: str | None, last: int, *, as_json: bool
) -> int:
    """List the last deliveries over a channel, latest first; of one state or of all. Raises Refusal."""
    given = {"id": channel, "states": [state.upper()] if state else None, "first": last}
    found = endpoint(settings).ask(documents.DELIVERIES, given)["channel"]
    if found is None:
        raise Refusal(f"there is no channel {channel}; `mirage channel list` lists them")
    rows = [_sent(each) for each in found["deliveries"]["nodes"]]
    print_rows(rows, "deliveries", as_json=as_json)
    return 0


def replay(settings: StackSettings, delivery: str, *, as_json: bool) -> int:
    """Have a delivery that was given up sent once more. Raises Refusal."""
    made = endpoint(settings).change(documents.REPLAY_DELIVERY, {"id": delivery})["delivery"]
    print_one(_sent(made), as_json=as_json)
    return 0


def _typed(module: str, names: Sequence[str]) -> list[dict[str, str]]:
    """The values of secrets as they are typed, or come on the standard input, a line each."""
    if names and not sys.stdin.isatty():
        values = typed(module).splitlines()
        if len(values) != len(names):
            raise InvalidQuestion(
                f"{module} needs {', '.join(names)}: a line each on the standard input"
            )
    else:
        values = [typed(f"{module} {name}") for name in names]
    return [{"name": name, "value": value} for name, value in zip(names, values, strict=True)]


def _row(channel: Mapping[str, Any]) -> dict[str, Any]:
    """A channel as it is listed."""
    return {
        "id": channel["id"],
        "name": channel["name"],
        "module": (channel["module"] or {}).get("id"),
        "enabled": channel["isEnabled"],
        "events": [ChannelEvent[each].value for each in channel["events"]],
        "least_severity": channel["leastSeverity"],
        "ceiling": channel["ceiling"],
        "secrets_missing": [each["name"] for each in channel["secrets"] if not each["isSet"]],
    }


def _sent(delivery: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery as it is listed."""
    return {
        "id": delivery["id"],
        "event": ChannelEvent[delivery["event"]].value if delivery["event"] else TEST,
        "state": delivery["state"],
        "tries": delivery["tries"],
        "reason": delivery["reason"],
        "marking": delivery["marking"],
        "made": moment(delivery["createdAt"]),
        "next_try": moment(delivery["dueAt"]),
        "ended": moment(delivery["endedAt"]),
    }
