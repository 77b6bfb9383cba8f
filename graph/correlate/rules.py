"""Correlation rules as objects: each file under cypher/correlate/ is one, its path is its id.

`cypher/correlate/tls/expired.cypher` is the rule `tls.expired`. A rule only reads: it is given ids
of subjects and returns those that match, with what the match rests on. The engine does the rest.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from types import MappingProxyType

from graph.correlate import checks, header
from graph.correlate.header import Header, Severity
from graph.correlate.paths import (
    Hop,
    Path,
    common_paths,
    needed_hops,
    read_paths,
    subject_role,
)
from graph.correlate.statement import Statement
from graph.errors import InvalidRule

FOLDER = "correlate"


@dataclass(frozen=True)
class Rule:
    """One rule: its id, what its header says, its statement, the paths that reads, and what each subject has to have.

    That is a role, which follows from an entity's key alone, and the hops without which there is no row.
    """

    id: str
    file: str
    header: Header
    statement: Statement
    paths: tuple[Path, ...]
    role: str = ""
    needed: tuple[Hop, ...] = ()

    @property
    def text(self) -> str:
        """The statement."""
        return self.statement.text

    @property
    def severity(self) -> Severity:
        """How bad a finding of this rule is."""
        return self.header.severity

    @property
    def subject(self) -> str:
        """The kind of entity that its findings are about."""
        return self.paths[0].subject

    @property
    def subjects(self) -> str:
        """The labels of all that it is asked of: the kind, and the role if it names one."""
        return f"{self.subject}&{self.role}" if self.role else self.subject

    @property
    def watched(self) -> tuple[Path, ...]:
        """The paths whose change concerns it: its own, and those to lists of what is too common to be shared."""
        columns = (self.header.column(name) for name in self.header.shared)
        kinds = frozenset(kind for column in columns if column for kind in column.kinds)
        return (*self.paths, *common_paths(self.paths, kinds))

    @property
    def needs_passes(self) -> bool:
        """Whether its result can change with no fact: by the clock, or by a run's scope."""
        kinds_read = {kind for path in self.paths for hop in path.hops for kind in hop.kinds}
        return "now" in self.statement.parameters() or "Run" in kinds_read

    @property
    def digest(self) -> str:
        """What its findings depend on, as a hash: statement, parameters, key and headline."""
        h = self.header
        parts: tuple[str, ...] = (
            self.text,
            repr(h.params),
            repr(h.keyed_by),
            h.headline,
            h.severity,
            str(h.version),
        )
        if h.shared:
            parts += (repr(h.shared),)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]

    def parameters(self, settings: Mapping[str, object] | None = None) -> dict[str, object]:
        """The values of its parameters, defaults where `settings` has none. Raises InvalidRule."""
        given = dict(settings or {})
        known = {p.name: p for p in self.header.params}
        if unknown := sorted(given.keys() - known.keys()):
            raise InvalidRule(f"rule {self.id} has no parameter {', '.join(unknown)}")
        return {n: p.read(given[n]) if n in given else p.default for n, p in known.items()}


def parse(rule_id: str, file: str, content: str) -> Rule:
    """Read and check one rule file. Raises InvalidRule, naming file and line."""
    rule = _parsed(rule_id, file, content, header.read)
    checks.check(rule.header, rule.statement, rule.paths)
    return rule


def parse_pattern(pattern: str, file: str, content: str) -> Rule:
    """Read and check a pattern: a statement as rules have it, of which nothing is concluded. Raises InvalidRule."""
    rule = _parsed(pattern, file, content, header.read_pattern)
    checks.check_pattern(rule.header, rule.statement, rule.paths)
    return rule


def _parsed(
    name: str, file: str, content: str, read: Callable[[str, str], tuple[Header, int]]
) -> Rule:
    head, start = read(file, content)
    text = "\n".join(content.splitlines()[start - 1 :]).strip().rstrip(";").rstrip()
    statement = Statement.of(file, start, text)
    paths = read_paths(statement)
    return Rule(name, file, head, statement, paths, subject_role(statement), needed_hops(statement))


@cache
def load() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of the alphabet. Raises InvalidRule."""
    return MappingProxyType({rule.id: rule for rule in sorted(_read(), key=lambda r: r.id)})


def _read() -> Iterator[Rule]:
    for folder, file in files(".cypher"):
        stem = file.name.removesuffix(".cypher")
        name = f"cypher/{FOLDER}/{folder.name}/{file.name}"
        yield parse(f"{folder.name}.{stem}", name, file.read_text("utf-8"))


def files(ending: str) -> Iterator[tuple[Traversable, Traversable]]:
    """The files of the rules' folders whose name ends so, with their folder."""
    root = importlib.resources.files("cypher").joinpath(FOLDER)
    for folder in sorted((each for each in root.iterdir() if each.is_dir()), key=lambda f: f.name):
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if file.name.endswith(ending):
                yield folder, file


def without_cases(rules: Iterable[Rule]) -> list[str]:
    """The ids of rules that have no `.cases.yaml` beside them."""
    found = {
        f"{folder.name}.{file.name.removesuffix('.cases.yaml')}"
        for folder, file in files(".cases.yaml")
    }
    return sorted({rule.id for rule in rules} - found)


def headline(rule: Rule, fields: Mapping[str, object]) -> str:
    """The rule's headline with `fields` filled in: `{name}` is a column."""
    return "".join(
        literal + (str(fields.get(name, "")) if name else "")
        for literal, name, _, _ in string.Formatter().parse(rule.header.headline)
    )
