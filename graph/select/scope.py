"""Where an expression stands: the names bound before it, how deep it is, and the variables of that depth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from graph.select.clearance import Bound
from graph.select.facts import Subject, subject_at
from graph.select.statement import Statement, kind_of


@dataclass
class Scope:
    """One row source of the statement. What is bound is computed once a row, behind the page's limit."""

    statement: Statement
    depth: int = 0
    bindings: dict[str, str] = field(default_factory=dict)
    _told: dict[str, Bound] = field(default_factory=dict)

    def inner(self, *, is_of_now: bool = False) -> Scope:
        """The scope of a subquery; one of now has all below it of now, whatever moment is asked about."""
        statement = self.statement.of_now() if is_of_now else self.statement
        return Scope(statement, self.depth + 1)

    def variable(self, letter: str) -> str:
        """A variable of this depth."""
        return f"{letter}{self.depth}"

    def bind(self, name: str, text: str) -> str:
        """Bind `name` to the value of `text`; the same name always has the same text."""
        self.bindings.setdefault(name, text)
        return name

    def entity(self, variable: str, kinds: tuple[str, ...]) -> Subject:
        """The entity at `variable`. Raises InvalidQuestion for a kind that the ontology does not have."""
        for kind in kinds:
            kind_of(kind)
        found = subject_at(self.statement, variable, kinds=kinds)
        return replace(found, values=self._values(variable), told=self.told(variable))

    def relationship(self, variable: str, types: tuple[str, ...], ends: tuple[str, str]) -> Subject:
        """The relationship at `variable`, which leads from the first of `ends` to the second."""
        found = subject_at(self.statement, variable, types=types, ends=ends)
        told = self.told(variable, ends[0])
        return replace(found, values=self._values(variable), told=told)

    def told(self, variable: str, near: str = "") -> Bound:
        """What is told of the fact at `variable`, once a row."""
        return self._told.setdefault(variable, Bound(variable, near, self.depth))

    def told_of(self, subject: Subject) -> Bound:
        """The same of one of this scope's subjects."""
        return self.told(subject.variable, subject.near)

    def _values(self, variable: str) -> str:
        return f"{variable}v" if self.statement.at else variable

    def settle(self, subject: Subject) -> None:
        """Bind what the subject's values are read from, if any were, and what was used of what is told of it."""
        if subject.is_used:
            self.bind(subject.values, subject.former())
        for name, text in self.told_of(subject).take().items():
            self.bind(name, text)

    @property
    def clause(self) -> str:
        """The bindings as clauses; empty where there are none."""
        return "".join(f" WITH *, {text} AS {name}" for name, text in self.bindings.items())
