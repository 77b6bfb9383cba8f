"""A root compiled: its statement, its parameters, and what makes the answer of what the database gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.select import diff, lists, roots, walks
from graph.select.clearance import READABLE, USER
from graph.select.statement import Expression, Parameter, Shaper, Statement
from graph.select.tree import Many, Neighborhood, One, Paths, Root, WhyOf


@dataclass(frozen=True)
class Reader:
    """Who reads: for which organization, as which user, and which markings (None: all)."""

    org: str
    user: str = ""
    readable: Sequence[str] | None = None

    @property
    def is_cleared(self) -> bool:
        """Whether they may read whatever its marking."""
        return self.readable is None


@dataclass(frozen=True)
class Plan:
    """One read statement. `text` is the same for every request of its shape by readers equally cleared, or not."""

    text: str
    parameters: Mapping[str, Parameter]
    shape: Shaper | None
    is_cleared: bool = True

    def bind(self, reader: Reader, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The statement's parameters for a request. Raises InvalidQuestion or InvalidFact where one cannot be."""
        bound = {name: each.read(variables, reader.org) for name, each in self.parameters.items()}
        bound["org"] = reader.org
        if not self.is_cleared:
            bound[READABLE], bound[USER] = list(reader.readable or ()), reader.user
        return bound

    def answer(self, value: Any) -> Any:
        """The answer made of what the statement gave; None where it gave nothing."""
        return value if value is None or self.shape is None else self.shape(value)


def compile_root(root: Root, *, is_cleared: bool = True) -> Plan:
    """Compile a selection, for readers who may read whatever its marking or for others.

    Raises InvalidQuestion where it asks for what the ontology does not have.
    """
    statement = Statement(is_cleared=is_cleared)
    at = getattr(root, "at", None)
    if at is not None:
        statement.at = statement.use(at)
    statement.is_resolved = getattr(root, "is_resolved", False)
    text, made = _dispatch(statement, root)
    return Plan(f"CYPHER 25 {text}", statement.parameters, made.shape, is_cleared)


def _dispatch(statement: Statement, root: Root) -> tuple[str, Expression]:
    match root:
        case One():
            return roots.one(statement, root)
        case Many():
            return lists.many(statement, root)
        case Neighborhood():
            return walks.neighborhood(statement, root)
        case Paths():
            return walks.paths(statement, root)
        case WhyOf():
            return roots.why_of(statement, root)
    return diff.difference(statement, root)
