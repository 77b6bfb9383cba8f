"""What a write touched, and along which ways a change concerns a rule's subjects.

Each entity on a rule's paths leads back to the rule's subjects. The way back goes over closed relationships, too: a
result also changes when something ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from graph.correlate.paths import ANY_KIND, PROVENANCE_TYPES, Path
from graph.correlate.rules import Rule

ANY_TYPE = ""


@dataclass(frozen=True)
class Touched:
    """What a write touched: entities that changed themselves, and by type the ends of changed relationships.

    What an answer is about is an end of the relationship by which it is kept. Under `ANY_TYPE` are ends of which it is
    not known what changed there; a list of ids that does not tell stands for all.
    """

    changed: frozenset[str]
    ends: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Iterable[str]) -> Touched:
        """Entities of which it is not known what changed."""
        found = frozenset(ids)
        return cls(found, {ANY_TYPE: found})

    @property
    def ids(self) -> frozenset[str]:
        """All of them."""
        return self.changed.union(*self.ends.values())

    @property
    def facts(self) -> frozenset[str]:
        """Those of which something else is known than before: not what was only said again."""
        ends = (ids for name, ids in self.ends.items() if name not in PROVENANCE_TYPES)
        return self.changed.union(*ends)

    def but(self, name: str) -> Touched:
        """Without what is touched only as an end of relationships of one type."""
        ends = {each: ids for each, ids in self.ends.items() if each != name}
        return Touched(self.changed, ends)

    def at(self, anchor: Anchor) -> frozenset[str]:
        """The entities whose change may count at the end of a way, whatever their kinds."""
        if not anchor.types:
            return self.changed
        types = (ANY_TYPE, *anchor.types)
        return self.changed.union(*(self.ends.get(name, ()) for name in types))


@dataclass(frozen=True)
class Anchor:
    """A way from an entity to subjects.

    `types` are those by which paths go on from its end: of the entity's relationships only changes of these count. So
    at the far end of a path only its own change does: a change of its relationship is seen from the end that is nearer
    to the subject. (After a repeated hop its types count, too: entities in between have no way of their own.)
    """

    path: Path
    types: frozenset[str]

    def matches(self, labels: Collection[str]) -> bool:
        """Whether an entity with these labels may stand at the path's end."""
        return ANY_KIND in self.path.kinds or not set(self.path.kinds).isdisjoint(labels)


def anchors(rule: Rule) -> frozenset[Anchor]:
    """The ways back to the rule's subjects. What provenance leads to is never touched itself."""
    types: dict[Path, set[str]] = {}
    for whole in rule.watched:
        for path in whole.prefixes():
            last = path.hops[-1:]
            going_on = types.setdefault(path, set())
            going_on.update(name for hop in last if hop.repeats for name in hop.types)
            going_on.update(name for hop in whole.hops[len(path.hops) :][:1] for name in hop.types)
    return frozenset(
        Anchor(path, frozenset(going_on))
        for path, going_on in types.items()
        if not (path.hops and path.hops[-1].is_provenance)
    )
