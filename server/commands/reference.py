"""The pages that are written from the code: settings, commands, model, rules, permissions, schema and others.

`mirage docs` renews them; contract tests hold them current.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.cli import get_docs_for_click

from graph.errors import NotFound
from server import settings, settings_api

CHECKOUT = Path(__file__).parents[2]

BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"


READERS: dict[str, type[settings.Settings]] = {
    "every process": settings.Settings,
    "roles and commands": settings.KeySettings,
    "commands": settings.StackSettings,
    "every role": settings.RoleSettings,
    "`prepare`, `owner-key`": settings.OwnerSettings,
    "api": settings_api.ApiSettings,
    "conductor": settings.ConductorSettings,
    "collector": settings.CollectorSettings,
    "correlator": settings.CorrelatorSettings,
    "courier": settings.CourierSettings,
}


def renew(command: Any, wanted: Collection[str] = ()) -> list[str]:
    """Write the pages that differ from what the code says, of those wanted or of all; their names.

    `command` is the whole command line, as click knows it. Raises NotFound for an unknown page.
    """
    known = pages(command)
    if unknown := sorted(set(wanted) - known.keys()):
        raise NotFound(f"{unknown[0]} is not written from the code; {', '.join(known)} are")
    renewed = []
    for name in wanted or known:
        path = CHECKOUT / name
        before = path.read_text("utf-8") if path.exists() else ""
        if (page := known[name](before)) != before:
            path.write_text(page, "utf-8")
            renewed.append(name)
    return renewed


def pages(command: Any) -> Mapping[str, Callable[[str], str]]:
    """Each page by its path in the checkout, and what makes it from its former text."""
    return {
        "docs/operations.md": with_table,
        "docs/reference/channels.md": _written_by("server.modules.reference", "channels_page"),
        "docs/reference/collectors.md": _written_by("collectors._kit.reference", "reference_page"),
        "docs/reference/commands.md": lambda _: commands_page(command),
        "docs/reference/errors.md": _written_by("server.web.codes", "errors_page"),
        "docs/reference/model.md": _written_by("graph.model.reference", "reference_page"),
        "docs/reference/permissions.md": _written_by(
            "server.graphql.permission_table", "permissions_page"
        ),
        "docs/reference/rules.md": _written_by("graph.correlate.reference", "reference_page"),
        "schema.graphql": _written_by("server.graphql.printing", "printed_schema"),
        "server/web/browser/mirage.grass": _written_by("server.web.browser.styles", "style_sheet"),
    }


def _written_by(module: str, function: str) -> Callable[[str], str]:
    """The page that a function gives; its module is loaded when the page is wanted."""
    return lambda _: str(getattr(importlib.import_module(module), function)())


def commands_page(command: Any) -> str:
    """The help of every command in Markdown."""
    context = command.make_context("mirage", [], resilient_parsing=True)
    page: str = get_docs_for_click(obj=command, ctx=context, name="mirage", title="Commands")
    return f"{page.strip()}\n"


def settings_table() -> str:
    """Every setting once for each class that declares it."""
    head = ["| setting | read by | default | what it is |", "| --- | --- | --- | --- |"]
    rows = [_row(reader, name, field) for reader, name, field in declared_settings()]
    return "\n".join(head + rows)


def declared_settings() -> Iterator[tuple[str, str, FieldInfo]]:
    """Every setting of every class that declares it: who reads it, its name, its field."""
    for reader, declared in READERS.items():
        for name in declared.__annotations__:
            if name in declared.model_fields:
                yield reader, name, declared.model_fields[name]


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting's value is never to be shown."""
    return "Secret" in str(field.annotation)


def _row(reader: str, name: str, field: FieldInfo) -> str:
    return (
        f"| `{settings.variable_of(name)}` | {reader} | {_default(field)} | {field.description} |"
    )


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the user's data folder"
    if field.default is PydanticUndefined:
        return "must be set"
    if field.default in (None, "") or is_secret(field):
        return "–"
    return f"`{field.default}`"


def with_table(page: str) -> str:
    """The page with the table between its marks renewed."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"
