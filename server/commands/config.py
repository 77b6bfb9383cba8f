"""`mirage config`: what each setting is and where that comes from, and what is wrong with any of them."""

from __future__ import annotations

import difflib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from rich.markup import escape

from graph.errors import NotFound
from server.commands.console import out
from server.commands.reference import READERS, declared_settings, is_secret
from server.embedded.role import role_names
from server.settings import Settings, given_settings, variable_of

HIDDEN = "set, not shown"
BY_UP = "mirage up"
ENVIRONMENT = "environment"
DEFAULT = "default"


@dataclass(frozen=True)
class Setting:
    """A setting as the processes of this environment would have it. `source` is where the value comes from."""

    name: str
    value: str
    source: str
    read_by: tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a setting, and what would be right."""

    name: str
    text: str


def show(*, as_json: bool) -> int:
    """Print every setting as a line of an environment file, secrets left out, with its source and who reads it."""
    found = settings_of(given_settings())
    if as_json:
        out.print_json(json.dumps([asdict(each) for each in found]))
        return 0
    for each in found:
        line = f"{each.name}={shlex.quote(each.value) if each.value else ''}"
        where = f"  # {each.source}; {', '.join(each.read_by)}"
        is_own = each.source == ENVIRONMENT and each.value != HIDDEN
        out.print(line if is_own else f"# {line}", end="", markup=False)
        out.print(where, style="dim", markup=False)
    return 0


def check(role: str | None, *, as_json: bool) -> int:
    """Print what is wrong with the settings, those of one role or all; exit code 1 if anything is.

    Of a role, what has to be set must be; else `mirage up` is taken to set it. Raises NotFound for an unknown role.
    """
    found = [*_unknown(given_settings()), *_faults(role)]
    if as_json:
        out.print_json(json.dumps([asdict(each) for each in found]))
    else:
        for each in found:
            out.print(f"[red]✘[/] {each.name}: {escape(each.text)}")
        if not found:
            given = sum(each.source == ENVIRONMENT for each in settings_of(given_settings()))
            out.print(f"[green]✔[/] nothing is wrong; {given} settings come from the environment")
    return 1 if found else 0


def settings_of(environment: Mapping[str, str]) -> list[Setting]:
    """Every setting by name, once for all that read it; those that have other defaults stand apart."""
    readers: dict[tuple[str, str, str], list[str]] = {}
    for reader, name, field in declared_settings():
        readers.setdefault((name, *_had(field, environment.get(variable_of(name), ""))), []).append(
            reader
        )
    return [
        Setting(variable_of(name), value, source, tuple(read_by))
        for (name, value, source), read_by in sorted(readers.items())
    ]


def _had(field: FieldInfo, given: str) -> tuple[str, str]:
    """A setting's value as it is shown, and where it comes from."""
    if given:
        return HIDDEN if is_secret(field) else given, ENVIRONMENT
    default = field.get_default(call_default_factory=True)
    return ("", BY_UP) if default is PydanticUndefined else (_written(default), DEFAULT)


def _written(value: Any) -> str:
    """A default as the environment would have it."""
    if isinstance(value, SecretStr):
        return HIDDEN if value.get_secret_value() else ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value not in (None, (), {}) else ""


def _unknown(environment: Mapping[str, str]) -> Iterator[Fault]:
    """Names that nothing reads: a setting that is written wrongly would have no effect, and nobody would notice."""
    known = {variable_of(name) for _, name, _ in declared_settings()}
    for name in sorted(environment):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; {near[0]} would be right" if near else ""
            yield Fault(name, f"there is no such setting{hint}")


def _faults(role: str | None) -> list[Fault]:
    """What the classes of one role or of all refuse, and files that are named but cannot be read."""
    if role is not None and role not in role_names():
        raise NotFound(f"there is no role {role}; there are {', '.join(role_names())}")
    wanted = [READERS[role]] if role else [*READERS.values()]
    found: dict[tuple[str, str], Fault] = {}
    for declared in wanted:
        for fault in _faults_of(declared, is_whole=role is not None):
            found.setdefault((fault.name, fault.text), fault)
    return list(found.values())


def _faults_of(declared: type[Settings], *, is_whole: bool) -> Iterable[Fault]:
    try:
        declared()
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False, include_input=False):
            if each["type"] == "missing" and not is_whole:
                continue
            name = variable_of(str(each["loc"][0])) if each["loc"] else declared.__name__
            missing = "it has to be set" if each["type"] == "missing" else ""
            yield Fault(name, missing or each["msg"].removeprefix("Value error, "))
    environment = given_settings()
    for name in declared.model_fields:
        given = environment.get(variable_of(name))
        if given and name.endswith("_file"):
            try:
                Path(given).open("rb").close()
            except OSError as error:
                yield Fault(variable_of(name), f"{given}: {error.strerror}")
