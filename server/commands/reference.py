"""The table of settings in `docs/operations.md`, made from `server.settings`."""

from __future__ import annotations

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from server import settings

BEGIN, END = "<!-- settings: begin -->", "<!-- settings: end -->"


_CLASSES: dict[str, type[settings.Settings]] = {
    "every process": settings.Settings,
    "commands": settings.StackSettings,
    "every role": settings.RoleSettings,
    "api": settings.ApiSettings,
    "conductor": settings.ConductorSettings,
    "collector": settings.CollectorSettings,
    "correlator": settings.CorrelatorSettings,
    "courier": settings.CourierSettings,
}


def settings_table() -> str:
    """Every setting once for each class that declares it."""
    head = ["| setting | read by | default | what it is |", "| --- | --- | --- | --- |"]
    rows = [
        _row(reader, name, declared.model_fields[name])
        for reader, declared in _CLASSES.items()
        for name in declared.__annotations__
        if name in declared.model_fields
    ]
    return "\n".join(head + rows)


def _row(reader: str, name: str, field: FieldInfo) -> str:
    return f"| `MIRAGE_{name.upper()}` | {reader} | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the user's data folder"
    if field.default is PydanticUndefined:
        return "must be set"
    if field.default in (None, "") or "Secret" in str(field.annotation):
        return "–"
    return f"`{field.default}`"


def with_table(page: str) -> str:
    """The page with the table between its marks renewed."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"
