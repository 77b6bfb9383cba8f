"""What to read, as a neutral tree: the meeting point of a query language and the database.

Pure data. Names are those of the ontology (kinds, relationship types, stored properties) and of this page; values are
never in the tree but referred to, so that one tree serves every request of its shape.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Way = Literal["OUT", "IN"]


@dataclass(frozen=True)
class Value:
    """A value of the request: what lies at `path` among its variables, else a list of `items`, else `constant`."""

    path: tuple[str | int, ...] = ()
    constant: object = None
    items: tuple[Value, ...] = ()

    def read(self, variables: Mapping[str, Any]) -> Any:
        """What it is in a request with these variables."""
        found: Any = self.constant
        if self.path:
            found = variables
            for step in self.path:
                found = found[step]
        elif self.items:
            return [each.read(variables) for each in self.items]
        return found


class Common(enum.StrEnum):
    """What every entity and every relationship has beside its own properties; the last ones entities or links only."""

    ID = "id"
    HOLDS = "holds"
    FIRST_SEEN = "first_seen"
    LAST_SEEN = "last_seen"
    CHANGED_AT = "changed_at"
    CONFIDENCE = "confidence"
    SUPPORTS = "supports"
    TAGS = "tags"
    MARKING = "marking"
    KIND = "kind"
    KEY = "key"
    CAPTION = "caption"
    ROLES = "roles"
    TYPE = "type"
    PROPERTIES = "properties"


# --- conditions -----------------------------------------------------------------------------------------------


class Operator(enum.StrEnum):
    """How a property is compared."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"
    HAS = "has"
    HAS_ANY = "has_any"
    IS_ABSENT = "is_absent"
    IS_PRESENT = "is_present"


@dataclass(frozen=True)
class All:
    """All of these; none given is true."""

    of: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class AnyOf:
    """One of these at least; none given is false."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The complement."""

    of: Condition


@dataclass(frozen=True)
class Compare:
    """A property (own or common) against a value. An absent property compares false."""

    name: str
    operator: Operator
    value: Value = Value()


@dataclass(frozen=True)
class Has:
    """At least one relationship of `type` that holds joins the entity to one that meets `where`."""

    type: str
    way: Way
    where: Condition


Condition = All | AnyOf | Not | Compare | Has
ALWAYS = All()


# --- what to give of an entity or relationship ----------------------------------------------------------------


@dataclass(frozen=True)
class Constant:
    """A value known beforehand, such as the name of a type."""

    alias: str
    value: object


@dataclass(frozen=True)
class Read:
    """A property, own or common, by its stored name."""

    alias: str
    name: str


@dataclass(frozen=True)
class Part:
    """One member of a small fixed structure (`from`, `to`, `ended`; `cursor`; `end_cursor`; …)."""

    alias: str
    name: str


@dataclass(frozen=True)
class Seen:
    """The intervals of observation time; parts `from`, `to`, `ended`."""

    alias: str
    fields: tuple[Part | Constant, ...]


@dataclass(frozen=True)
class Page:
    """How many, and behind which cursor."""

    first: Value
    after: Value | None = None


@dataclass(frozen=True)
class Nested:
    """Something with fields of its own: a node, an edge, an observation, page information."""

    alias: str
    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Node:
    """An entity at the place `name` (`node`, `other`, `source`, `target`, `about`, …) of what it is a field of."""

    alias: str
    name: str
    shape: Shape


@dataclass(frozen=True)
class Related:
    """A page of the relationships of one type that leave (OUT) or reach (IN) the entity."""

    alias: str
    type: str
    way: Way
    page: Page
    where: Condition
    edge: Condition
    include_closed: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Links:
    """A page of the entity's relationships of `types` (none: of all), whichever `ways`."""

    alias: str
    types: tuple[str, ...]
    ways: tuple[Way, ...]
    page: Page
    include_closed: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Reasons:
    """The answers that the fact rests on now."""

    alias: str
    first: Value
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Observations:
    """A page of the answers of looking at the entity."""

    alias: str
    page: Page
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Findings:
    """A page of the findings about the entity; `state` None stands for all. They are of now, and all below them."""

    alias: str
    page: Page
    state: Value | None
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Notes:
    """What analysts noted about the entity or finding."""

    alias: str
    first: Value
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Acts:
    """What happened to the finding."""

    alias: str
    first: Value
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Derived:
    """What `make` makes of what the database has of `name`: for what does not follow from that alone."""

    alias: str
    name: str
    make: Callable[[Any], object]


@dataclass(frozen=True)
class Differing:
    """A page of what differs in the way called `name`: facts as `items`, findings as in a list of them."""

    alias: str
    name: str
    page: Page
    fields: tuple[Field, ...]


Field = (
    Constant
    | Read
    | Part
    | Seen
    | Nested
    | Node
    | Related
    | Links
    | Reasons
    | Observations
    | Findings
    | Notes
    | Acts
    | Derived
    | Differing
)


@dataclass(frozen=True)
class Variant:
    """What is read of entities of `kinds`."""

    kinds: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Shape:
    """What is read of an entity, by its kind. The variants' kinds are disjoint and together all that may occur."""

    variants: tuple[Variant, ...]


# --- roots ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sort:
    """An order by a property, own or common; equals follow by id."""

    name: str = Common.KEY
    is_descending: bool = False


@dataclass(frozen=True)
class One:
    """An entity by id (`kind` empty) or by kind and key in any spelling."""

    kind: str
    value: Value
    shape: Shape
    at: Value | None = None
    is_resolved: bool = False


@dataclass(frozen=True)
class Many:
    """A page of the entities of `kinds`."""

    kinds: tuple[str, ...]
    page: Page
    where: Condition
    search: Value | None
    sort: Sort
    include_closed: bool
    fields: tuple[Field, ...]
    at: Value | None = None
    is_resolved: bool = False


@dataclass(frozen=True)
class Neighborhood:
    """What lies within `depth` hops of an entity; fields are `nodes`, `links`, `identities`, `truncated`."""

    start: Value
    depth: int
    types: tuple[str, ...]
    kinds: tuple[str, ...]
    first: Value
    fields: tuple[Field, ...]
    at: Value | None = None
    is_resolved: bool = False


@dataclass(frozen=True)
class Paths:
    """The `k` shortest ways of at most `longest` hops; fields are `length`, `nodes`, `links`, `confidence`."""

    start: Value
    end: Value
    k: int
    longest: int
    types: tuple[str, ...]
    fields: tuple[Field, ...]
    at: Value | None = None
    is_resolved: bool = False


@dataclass(frozen=True)
class WhyOf:
    """Why the entity, relationship or finding with this id holds."""

    of: Value
    first: Value
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Difference:
    """What differs between two moments or, with `runs`, between the ends of two runs, in what either had in scope.

    Bounded to entities of `kinds` and the relationships that start from them; fields are `from`, `to` and the ways.
    """

    start: Value
    end: Value
    kinds: tuple[str, ...]
    is_of_runs: bool
    fields: tuple[Field, ...]


Root = One | Many | Neighborhood | Paths | WhyOf | Difference
