"""The part `rules` of an organization's configuration as a document: what it says, and what it would change.

rules: {tls.expiring: {parameters: {notice: P60D}}, tls.weak: {enabled: false}, own.relay: {text: "// title: …"}}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from graph.correlate import rules as rule_files
from graph.correlate.books import is_own, read_own
from graph.correlate.keeping import State, check_own, check_parameters
from graph.correlate.trying import checked
from graph.errors import InvalidQuestion, InvalidRule, MirageError
from graph.queries.rule import SettingRow
from graph.store import Store
from server.configuration.kept import Difference
from server.modules.naming import meant

PART = "rules"
_OF_A_RULE = ("enabled", "parameters", "text")

States = Mapping[str, State]
UNSET = State()


def read_part(given: object) -> States:
    """What a document says of rules. Raises InvalidQuestion or InvalidRule naming the place."""
    if not isinstance(given, dict):
        raise InvalidQuestion("rules: an object of rules by their names is right")
    return {str(name): _read(str(name), said) for name, said in given.items()}


def _read(name: str, said: object) -> State:
    place = f"rules.{name[:100]}"
    if not isinstance(said, dict) or not set(said) <= set(_OF_A_RULE):
        raise InvalidQuestion(f"{place}: an object of {', '.join(_OF_A_RULE)} is right")
    is_enabled, text = said.get("enabled", True), said.get("text")
    if not isinstance(is_enabled, bool):
        raise InvalidQuestion(f"{place}.enabled: true or false is right")
    if is_own(name) and not isinstance(text, str):
        raise InvalidQuestion(f"{place}.text: the rule's text is right")
    if not is_own(name) and text is not None:
        raise InvalidQuestion(f"{place}.text: only rules whose names begin with own. have one here")
    try:
        if text is not None:
            check_own(name)
        rule = rule_files.load().get(name) if text is None else read_own(name, text)
        if rule is None:
            raise InvalidQuestion(meant(name, rule_files.load(), "there is no such rule"))
        return State(text, check_parameters(rule, said.get("parameters", {})), is_enabled)
    except (InvalidQuestion, InvalidRule) as error:
        raise type(error)(f"{place}: {error}") from error


def states(rows: Iterable[SettingRow]) -> States:
    """How rules are set now, those of them that are not as they came."""
    found = {r.rule: State(r.text, orjson.loads(r.parameters), r.is_enabled) for r in rows}
    return {name: state for name, state in sorted(found.items()) if state != UNSET}


def told(state: State) -> dict[str, Any]:
    """How a rule is set, as a document has it."""
    text = {} if state.text is None else {"text": state.text}
    return {"enabled": state.is_enabled, "parameters": dict(state.parameters), **text}


def changed(now: States, wanted: States | None) -> dict[str, tuple[State, State]]:
    """How each rule that would change is set now, and would be; a part that is not there changes none."""
    if wanted is None:
        return {}
    both = {
        name: (now.get(name, UNSET), wanted.get(name, UNSET)) for name in sorted({*now, *wanted})
    }
    return {name: (old, new) for name, (old, new) in both.items() if old != new}


def differences(changes: Mapping[str, tuple[State, State]]) -> Iterator[Difference]:
    """What would change, place by place."""
    for name, (old, new) in changes.items():
        for part in _OF_A_RULE:
            before, after = told(old).get(part), told(new).get(part)
            if before != after:
                yield Difference(f"{PART}.{name}.{part}", before, after)


async def check_texts(
    store: Store, org: str, changes: Mapping[str, tuple[State, State]], now: datetime
) -> None:
    """Have the database plan each text that would change. Raises InvalidQuestion or LimitExceeded with its place."""
    for name, (old, new) in changes.items():
        if new.text is None or new.text == old.text:
            continue
        try:
            await checked(store, org, name, new.text, now)
        except MirageError as error:
            if error.is_retryable:
                raise
            raise type(error)(f"{PART}.{name}: {error}") from error
