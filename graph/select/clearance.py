"""What of the graph a reader may see, as Cypher: the one place that says it.

For whoever is cleared for everything nothing is said, so nothing is paid. For others every variable that stands for a
fact, an answer, a note, a finding or a run is held against `$readable`, the markings that they may read (the open
one is empty text). Of a fact that answers stated, too, which they may not read (`strictest`), times and sums are those
that the other answers tell; former values are told only where no such answer gave any (`strictest_values`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from graph.select.statement import Statement

READABLE = "readable"
USER = "user"


def may_read(statement: Statement, *things: str) -> list[str]:
    """The tests that entities, relationships, answers or notes may be read."""
    return [] if statement.is_cleared else [_is_within(f"{each}.tlp") for each in things]


def may_read_answer(statement: Statement, o: str) -> list[str]:
    """The tests that the answer at `o` may be read, and what was looked at."""
    looked = " AND ".join(may_read(statement, "_looked"))
    about = [f"EXISTS {{ MATCH ({o})-[:OF]->(_looked:Entity) WHERE {looked} }}"] if looked else []
    return [*may_read(statement, o), *about]


def may_read_finding(statement: Statement, f: str) -> list[str]:
    """The tests that everything may be read that the finding at `f` is about or rests on."""
    if statement.is_cleared:
        return []
    basis = f"({f})-[:ABOUT|RESTS_ON]->"
    return [
        f"NOT EXISTS {{ MATCH {basis}(_basis:Entity) WHERE NOT {_is_within('_basis.tlp')} }}",
        f"NOT EXISTS {{ MATCH {basis}(_one:Entity) MATCH {basis}(_two:Entity) MATCH (_one)-[_rests]->(_two)"
        f" WHERE _rests.id IN {f}.evidence_relationships AND NOT {_is_within('_rests.tlp')} }}",
    ]


def may_read_run(statement: Statement, run: str) -> list[str]:
    """The tests that a run may be read: one's own, or one whose scan names nothing that may not be read."""
    if statement.is_cleared:
        return []
    return [
        f"({run}.started_by = ${USER} OR NOT EXISTS {{ UNWIND coalesce({run}.named, []) AS _id"
        f" MATCH (_named:Entity {{id: _id}}) WHERE NOT {_is_within('_named.tlp')} }})"
    ]


def also(tests: Iterable[str]) -> str:
    """Tests as the end of a WHERE that has some already."""
    return "".join(f" AND {each}" for each in tests)


# --- what is told of a fact that other answers stated, too ----------------------------------------------------


@dataclass(frozen=True)
class Told:
    """The fact at `n` as the readable answers tell of it: each use finds them anew, for where nothing can be bound.

    `near` is the entity that a relationship starts from, and empty for an entity.
    """

    n: str
    near: str = ""

    def first_seen(self) -> str:
        """When it was first stated or, if it never was, looked at."""
        return self._moment("min")

    def last_seen(self, at: str) -> str:
        """When it was last confirmed; of a moment, the end of the last interval begun by then."""
        last = self._moment("max")
        if not at:
            return last
        begun = f"{_intervals(self.n, self.near)} WITH _span WHERE _span[0] <= {at}"
        return f"coalesce(head(COLLECT {{ {begun} RETURN max({_cut(at)}) }}), {last})"

    def held(self, at: str) -> str:
        """Whether it held at a moment."""
        found = f"{_intervals(self.n, self.near)} WITH _span WHERE {_then(at)} RETURN _span"
        return f"EXISTS {{ {found} }}"

    def supports(self) -> str:
        """How many claims support it."""
        return f"COUNT {{ {_claims(self.n, self.near)} }}"

    def doubt(self) -> str:
        """How much the claims that support it take from doubt in it."""
        claims = f"COLLECT {{ {_claims(self.n, self.near)} RETURN _claim.doubt }}"
        return f"reduce(_sum = 0, _part IN {claims} | _sum + _part)"

    def _moment(self, which: str) -> str:
        """The first or last moment at which a readable answer stated it or, if none ever did, looked at it."""
        again = "<-[:REPEATS]-{0,1}(_again:Observation)"
        stated = "CASE type(_how) WHEN 'PRODUCED' THEN _again.ended_at END"
        return (
            f"head(COLLECT {{ {_answers(self.n, self.near, again)}"
            f" RETURN coalesce({which}({stated}), {which}(_again.ended_at)) }})"
        )


@dataclass(frozen=True)
class Bound(Told):
    """The same by variables, each bound once a row: the database plans every use of a subquery, which takes time.

    `depth` keeps the variables of nested subqueries apart. `wanted` are the variables that were used and are to be
    bound, with what gives them; `bound` those that are.
    """

    depth: int = 0
    wanted: dict[str, str] = field(default_factory=dict, compare=False)
    bound: set[str] = field(default_factory=set, compare=False)

    def first_seen(self) -> str:
        """When it was first stated or, if it never was, looked at."""
        return self._or_looked(f"{self._spans}[0][0]", 0)

    def last_seen(self, at: str) -> str:
        """When it was last confirmed; of a moment, the end of the last interval begun by then."""
        last = self._or_looked(f"{self._spans}[-1][1]", 1)
        if not at:
            return last
        begun = f"[_span IN {self._spans} WHERE _span[0] <= {at} | {_cut(at)}]"
        return f"coalesce({begun}[-1], {last})"

    def held(self, at: str) -> str:
        """Whether it held at a moment."""
        return f"any(_span IN {self._spans} WHERE {_then(at)})"

    def intervals(self, shown: str, begun: str) -> str:
        """Its intervals, oldest first: `shown` of each for which `begun` is true, or of all where that is empty."""
        where = f" WHERE {begun}" if begun else ""
        return f"[_span IN {self._spans}{where} | {shown}]"

    def supports(self) -> str:
        """How many claims support it."""
        return f"size({self._doubts})"

    def doubt(self) -> str:
        """How much the claims that support it take from doubt in it."""
        return f"reduce(_sum = 0, _part IN {self._doubts} | _sum + _part)"

    def take(self) -> dict[str, str]:
        """The variables to be bound, with what gives them: null where the fact itself tells it."""
        taken = {
            name: f"CASE WHEN NOT {_is_within(f'{self.n}.strictest')} THEN {text} END"
            for name, text in self.wanted.items()
            if name not in self.bound
        }
        self.bound.update(taken)
        return taken

    def _or_looked(self, stated: str, which: int) -> str:
        # Relationships are not looked at: whoever knows of one knows it from an answer that stated it.
        return stated if self.near else f"coalesce({stated}, {self._looks}[{which}])"

    def _variable(self, name: str, text: str) -> str:
        variable = f"{self.n}_{name}{self.depth}"
        self.wanted[variable] = text
        return variable

    @property
    def _spans(self) -> str:
        found = f"{_intervals(self.n, self.near)} RETURN _span ORDER BY _span[0]"
        return self._variable("spans", f"COLLECT {{ {found} }}")

    @property
    def _doubts(self) -> str:
        found = f"{_claims(self.n, self.near)} RETURN _claim.doubt"
        return self._variable("doubts", f"COLLECT {{ {found} }}")

    @property
    def _looks(self) -> str:
        begin, entity = _near(self.n, "")
        found = (
            f"{begin}MATCH ({entity})<-[:OF]-(_said:Observation) WHERE {_is_within('_said.tlp')}"
        )
        moments = "[min(_said.ended_at), max(_said.ended_at)]"
        return self._variable("looks", f"head(COLLECT {{ {found} RETURN {moments} }})")


def first_seen(statement: Statement, told: Told) -> str:
    """When a fact was first observed."""
    return _where_told(statement, told, f"{told.n}.first_seen", told.first_seen)


def last_seen(statement: Statement, told: Told, text: str, at: str = "") -> str:
    """When a fact was last confirmed: `text`, or the end of the last interval begun by the moment `at`."""
    return _where_told(statement, told, text, lambda: told.last_seen(at))


def held(statement: Statement, told: Told, text: str, at: str) -> str:
    """Whether a fact held at the moment `at`, which `text` says."""
    return _where_told(statement, told, text, lambda: told.held(at))


def intervals(statement: Statement, told: Bound, text: str, shown: str, begun: str) -> str:
    """The intervals of a fact, oldest first, which `text` gives.

    `shown` makes one of `_span`: its start, when it was last confirmed, its end; `begun` is a test of `_span` or empty.
    """
    return _where_told(statement, told, text, lambda: told.intervals(shown, begun))


def supports(statement: Statement, told: Told) -> str:
    """How many claims support a fact."""
    return _where_told(statement, told, f"coalesce({told.n}.supports, 0)", told.supports)


def doubt(statement: Statement, told: Told) -> str:
    """How much the claims that support a fact take from doubt in it."""
    return _where_told(statement, told, f"coalesce({told.n}.doubt, 0)", told.doubt)


def bind(bound: Bound) -> str:
    """The clause that binds what was used of a fact; empty where nothing was."""
    return "".join(f" WITH *, {text} AS {name}" for name, text in bound.take().items())


def _where_told(statement: Statement, told: Told, text: str, otherwise: Callable[[], str]) -> str:
    if statement.is_cleared:
        return text
    return f"CASE WHEN {_is_within(f'{told.n}.strictest')} THEN {text} ELSE {otherwise()} END"


def _then(at: str) -> str:
    return f"_span[0] <= {at} AND (_span[2] IS NULL OR {at} < _span[2])"


def _cut(at: str) -> str:
    return f"CASE WHEN _span[1] <= {at} THEN _span[1] ELSE {at} END"


def former(n: str, text: str, *, is_cleared: bool) -> str:
    """`text`, which tells of former values of the fact at `n`; null to those who may not read all that stated any.

    Values that never changed are what they are now, which may be read.
    """
    if is_cleared:
        return text
    told = f"{n}.changed_at IS NULL OR {_is_within(f'{n}.strictest_values')}"
    return f"CASE WHEN {told} THEN {text} END"


def _claims(n: str, near: str) -> str:
    return (
        f"{_answers(n, near)} AND type(_how) = 'PRODUCED' MATCH (_claim:Claim {{id: _said.claim}})"
        " WHERE _claim.content = _said.id"
    )


def _answers(n: str, near: str, further: str = "") -> str:
    """The clauses that find the readable answers `_said` about the fact at `n`, and `_how` it is theirs."""
    begin, entity = _near(n, near)
    only = f" AND {n}.id IN _said.relationships" if near else ""
    return (
        f"{begin}MATCH ({entity})<-[_how:PRODUCED|OF]-(_said:Observation){further}"
        f" WHERE {_is_within('_said.tlp')}{only}"
    )


def _near(n: str, near: str) -> tuple[str, str]:
    """What binds the entity at which the answers about a fact are found, and its name."""
    entity = near or n
    return ("", entity) if entity.isidentifier() else (f"WITH {entity} AS _near ", "_near")


def _intervals(n: str, near: str) -> str:
    """The clauses that give the intervals `_span` in which readable claims held the fact, as `graph.claims` does.

    Each is its start, its last confirmation and its end (null while it holds). What a claim states it holds until its
    next answer; where claims overlap or meet, they are one interval.
    """
    begin, entity = _near(n, near)
    only = f" AND {n}.id IN _said.relationships" if near else ""
    states = (
        f"{n}.id IN coalesce(_content.relationships, [])"
        if near
        else f"EXISTS {{ MATCH (_content)-[:PRODUCED]->({n}) }}"
    )
    return (
        f"{begin}MATCH ({entity})<-[:PRODUCED]-(_said:Observation) WHERE {_is_within('_said.tlp')}{only}"
        " WITH DISTINCT _said.claim AS _of MATCH (_answer:Observation {claim: _of})"
        f" WHERE _answer.outcome IN ['FOUND', 'ABSENT'] AND {_is_within('_answer.tlp')}"
        " OPTIONAL MATCH (_answer)-[:REPEATS]->(_origin:Observation)"
        " WITH _of, _answer, coalesce(_origin, _answer) AS _content"
        f" WITH _of, _answer.ended_at AS _at, {states} AS _states ORDER BY _at"
        " WITH _of, collect([_at, _states]) AS _log UNWIND range(0, size(_log) - 1) AS _number"
        " WITH _log, _number WHERE _log[_number][1]"
        " WITH [_log[_number][0], _log[_number + 1][0]] AS _part ORDER BY _part[0]"
        f" WITH collect(_part) AS _parts UNWIND {_UNITED} AS _span"
    )


_UNITED = (
    "reduce(_spans = [], _part IN _parts | CASE"
    " WHEN size(_spans) = 0 OR _part[0] > _spans[-1][2] THEN _spans + [[_part[0], _part[0], _part[1]]]"
    " ELSE _spans[..-1] + [[_spans[-1][0], _part[0], CASE WHEN _spans[-1][2] IS NULL OR _part[1] IS NULL THEN null"
    " WHEN _part[1] > _spans[-1][2] THEN _part[1] ELSE _spans[-1][2] END]] END)"
)


def _is_within(marking: str) -> str:
    return f"coalesce({marking}, '') IN ${READABLE}"
