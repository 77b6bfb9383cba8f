"""What analysts noted about an entity or a finding, as `note/list_notes` has it. It is of now at every moment."""

from __future__ import annotations

from graph.select import rows, shaping
from graph.select.clearance import also, may_read
from graph.select.paging import page_size
from graph.select.scope import Scope
from graph.select.statement import Expression
from graph.select.tree import Notes

_NOTE = {
    "id": "{x}.id",
    "text": "{x}.text",
    "author": "{x}.author",
    "created_at": "toString({x}.created_at)",
    "marking": "{x}.tlp",
}


def notes(scope: Scope, subject: str, wanted: Notes) -> Expression:
    """The latest notes about what is at `subject`, of equally late ones by id."""
    inner = scope.inner()
    x = inner.variable("x")
    made = rows.row(wanted.fields, rows.plain(_NOTE, x, "a note"))
    text = (
        f"COLLECT {{ MATCH ({x}:Note) WHERE {x}.org = $org AND {x}.about = {subject}.id"
        f"{also(may_read(inner.statement, x))}"
        f" WITH * ORDER BY {x}.created_at DESC, {x}.id"
        f" LIMIT {inner.statement.use(wanted.first, page_size)} RETURN {made.text} }}"
    )
    return Expression(text, shaping.each(made.shape))
