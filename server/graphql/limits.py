"""What an operation may ask for: bytes and tokens before parsing, then depth, fields, aliases, repetition and cost.

Each fragment is summed up once, bottom up, and every spread adds the sum, so that a short document that unfolds to
millions of fields is refused after a few hundred steps. The sums are bounds from above; the validator and the database
have their own limits behind these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    ValueNode,
    VariableNode,
    get_named_type,
)

from graph.errors import LimitExceeded
from server.graphql.paging import MOST_ON_A_PAGE

MOST_QUERY_LENGTH = 100_000
MOST_COMMENTS = 200
MOST_TOKENS = 2_000
MOST_NESTING = 60
MOST_DIGITS = 400
MOST_OPERATIONS = 20
MOST_DEPTH = 15
MOST_FIELDS = 1_500
MOST_ALIASES = 60
MOST_REPEATS = 30
MOST_DIRECTIVES = 100
MOST_COST = 100_000
POINT = 1_000  # of cost: what a question takes from quotas is counted in points
MOST_CONDITIONS = 200
MOST_VARIABLE_VALUES = 5_000
MOST_VARIABLE_DEPTH = 30
MOST_INTROSPECTION_LISTS = 1

_META = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
_INTROSPECTION_LISTS = {"fields", "inputFields", "interfaces", "possibleTypes"}
_LEXEMES = re.compile(
    # A text that is never closed reaches to its end, and nothing is given back: else each quote of a crafted document
    # would be tried again up to the document's end. Block strings end as the lexer ends them: only \""" is no end.
    r'"""(?:[^"\\]|\\"""|\\|"(?!""))*+(?:""")?|"(?:[^"\\\r\n]|\\[^\r\n])*+"?'
    r"|(?P<comment>#[^\n\r]*+)|(?P<opens>[{(\[])|(?P<closes>[})\]])"
    rf"|(?P<number>[0-9]{{{MOST_DIGITS}}})|[_A-Za-z][_0-9A-Za-z]*+|\.\.\.|[!$&:=@|]"
)
_PAGE_SIZES = {"first": 25, "k": 1}
_FILTERS = {"where", "edge"}


def check_text(query: str) -> None:
    """Refuse a document by its size, nesting and tokens, before the parser goes through it."""
    if len(query) > MOST_QUERY_LENGTH:
        raise LimitExceeded(
            f"the document has {len(query)} characters, more than {MOST_QUERY_LENGTH}; send values as variables"
        )
    depth = tokens = 0
    for found in _LEXEMES.finditer(query):
        if (kind := found.lastgroup) == "comment":
            continue
        # Most numbers are not counted here. The parser counts all tokens, and takes a hundred times as long over them.
        tokens += 1
        if kind == "opens":
            depth += 1
        elif kind == "closes":
            depth = max(0, depth - 1)
        elif kind == "number":
            raise LimitExceeded(f"a number has {MOST_DIGITS} digits or more")
        if depth > MOST_NESTING:
            raise LimitExceeded(f"brackets are nested deeper than {MOST_NESTING}")
        if tokens > MOST_TOKENS:
            raise LimitExceeded(f"the document has more than {MOST_TOKENS} tokens")


def check_variables(variables: Mapping[str, Any]) -> None:
    """Refuse variables that are too many or too deep to be looked at one by one."""
    count, level = 0, [iter(variables.values())]
    while level:
        for value in level[-1]:
            count += 1
            if isinstance(value, (dict, list)):
                level.append(iter(value.values() if isinstance(value, dict) else value))
                break
        else:
            level.pop()
        if count > MOST_VARIABLE_VALUES:
            raise LimitExceeded(f"variables hold more than {MOST_VARIABLE_VALUES} values")
        if len(level) > MOST_VARIABLE_DEPTH:
            raise LimitExceeded(f"variables are nested deeper than {MOST_VARIABLE_DEPTH}")


def weight(value: object) -> int:
    """What a variable's value adds where it decides how much is asked for: a number itself, else its objects."""
    return value if isinstance(value, int) else _objects_in(value)


def _objects_in(value: object) -> int:
    count, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            count += 1
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return count


class TooMuch(LimitExceeded):
    """An operation beyond one of its caller's bounds: which, what was asked for, and how much is allowed."""

    def __init__(self, what: str, asked: int, most: int) -> None:
        super().__init__(
            f"the operation's {_TOLD[what]} is {asked}, more than {most}; {_REMEDIES[what]}"
        )
        self.what, self.asked, self.most = what, asked, most


@dataclass(frozen=True)
class Bounds:
    """What one operation may ask for. The usual ones are the widest there are; a role may have narrower ones."""

    depth: int = MOST_DEPTH
    fields: int = MOST_FIELDS
    aliases: int = MOST_ALIASES
    directives: int = MOST_DIRECTIVES
    conditions: int = MOST_CONDITIONS
    cost: int = MOST_COST
    introspection_lists: int = MOST_INTROSPECTION_LISTS

    def check(self, asked: Sum) -> None:
        """Raise TooMuch at the first bound that is passed."""
        for what in _TOLD:
            value, most = getattr(asked, what), getattr(self, what)
            if value > most:
                raise TooMuch(what, value, most)

    @classmethod
    def of(cls, given: Mapping[str, int]) -> Bounds:
        """Narrower bounds by name; what is not named stays. Raises ValueError naming what is wrong."""
        for name, value in given.items():
            if name not in _TOLD:
                raise ValueError(f"there is no bound {name!r}; there are {', '.join(_TOLD)}")
            if not 1 <= value <= getattr(HARD, name):
                raise ValueError(f"{name}: 1 to {getattr(HARD, name)} is right, not {value}")
        return cls(**given)


_TOLD = {
    "depth": "depth",
    "fields": "number of fields",
    "aliases": "number of aliases",
    "directives": "number of directives",
    "conditions": "number of objects in filters",
    "cost": "cost",
    "introspection_lists": "nesting of introspection",
}
_REMEDIES = {
    "depth": "nest fewer fields",
    "fields": "ask for fewer fields at once",
    "aliases": "ask in several operations",
    "directives": "use fewer directives",
    "conditions": "give many values to `in`, or ask in several operations",
    "cost": "take smaller pages (first) or fewer nested lists",
    "introspection_lists": "ask for the types first, then for one type's fields",
}
HARD = Bounds()


@dataclass
class Sum:
    """What a selection asks for, spreads unfolded. Depth leaves introspection out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    conditions: int = 0
    introspection_lists: int = 0
    repeats: Counter[str] = field(default_factory=Counter)

    def add(self, other: Sum) -> None:
        """Take in what stands beside it. Raises LimitExceeded at the first limit that is passed."""
        self.depth = max(self.depth, other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.cost += other.cost
        self.conditions += other.conditions
        self.introspection_lists = max(self.introspection_lists, other.introspection_lists)
        self.repeats.update(other.repeats)
        self._check(other.repeats)

    def _check(self, names: Mapping[str, int]) -> None:
        HARD.check(self)
        for name in names:
            if self.repeats[name] > MOST_REPEATS:
                raise LimitExceeded(
                    f"{name} is asked for {self.repeats[name]} times in one place, "
                    f"more than {MOST_REPEATS}"
                )


class Meter:
    """Sums up the operations of one document.

    `variables` give the page sizes and filters that are variables; while there are none yet, these count as least.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        variables: Mapping[str, Any] | None = None,
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._defaults: dict[str, ValueNode | None] = {}
        self._sums: dict[str, Sum | None] = {}
        self.sized_by: set[str] = set()

    def measure_fragments(self) -> None:
        """Sum up every fragment: the validator compares the fields of those, too, that no operation uses."""
        for name in self._fragments:
            self._fragment(name)

    def measure(self, operation: OperationDefinitionNode) -> Sum:
        """The sum of an operation. Raises LimitExceeded at the first limit that it passes."""
        root = self._schema.get_root_type(operation.operation)
        self._defaults = {
            each.variable.name.value: each.default_value for each in operation.variable_definitions
        }
        return self._selection(operation.selection_set, root)

    def _selection(self, node: SelectionSetNode, parent: GraphQLNamedType | None) -> Sum:
        total = Sum()
        for selection in node.selections:
            total.add(self._one(selection, parent))
        return total

    def _one(self, node: Any, parent: GraphQLNamedType | None) -> Sum:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        total = Sum(directives=len(node.directives))
        if isinstance(node, InlineFragmentNode):
            kind = self._named(node.type_condition.name.value) if node.type_condition else parent
            total.add(self._selection(node.selection_set, kind))
        else:
            total.add(self._fragment(node.name.value))
        return total

    def _fragment(self, name: str) -> Sum:
        if name not in self._sums:
            fragment = self._fragments.get(name)
            self._sums[name] = None
            self._sums[name] = (
                Sum()
                if fragment is None
                else self._selection(
                    fragment.selection_set,
                    self._named(fragment.type_condition.name.value),
                )
            )
        found = self._sums[name]
        if found is None:
            raise LimitExceeded(f"fragment {name} contains itself")
        return found

    def _named(self, name: str) -> GraphQLNamedType | None:
        return self._schema.get_type(name)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Sum:
        name = node.name.value
        declared = self._declared(parent, name)
        kind = get_named_type(declared.type) if declared else None
        inner = Sum()
        if node.selection_set:
            inner = self._selection(node.selection_set, kind)
        inside = name in _META or (parent is not None and parent.name.startswith("__"))
        return Sum(
            depth=inner.depth if inside else inner.depth + 1,
            fields=inner.fields + 1,
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives + len(node.directives),
            cost=1 + self._page_size(node, declared) * inner.cost,
            conditions=inner.conditions + self._conditions(node),
            introspection_lists=inner.introspection_lists
            + (inside and name in _INTROSPECTION_LISTS),
            repeats=Counter({node.alias.value if node.alias else name: 1}),
        )

    def _declared(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        fields: Mapping[str, GraphQLField] = getattr(parent, "fields", {})
        return fields.get(name) or _META.get(name)

    def _page_size(self, node: FieldNode, declared: GraphQLField | None) -> int:
        """How often what is below comes at most: the page asked for, else the default page."""
        if declared is None:
            return 1
        for name in _PAGE_SIZES:
            if name in declared.args:
                value = next((a.value for a in node.arguments if a.name.value == name), None)
                return self._size(value, declared.args[name].default_value)
        return 1

    def _conditions(self, node: FieldNode) -> int:
        """How many objects the filters consist of: each is a condition, and the database plans each of them."""
        return sum(
            self._objects(each.value) for each in node.arguments if each.name.value in _FILTERS
        )

    def _objects(self, node: object) -> int:
        if isinstance(node, VariableNode):
            found = self._given(node)
            return self._objects(found) if isinstance(found, Node) else _objects_in(found)
        if isinstance(node, ListValueNode):
            return sum(map(self._objects, node.values))
        if isinstance(node, ObjectValueNode):
            return 1 + sum(self._objects(each.value) for each in node.fields)
        return 0

    def _given(self, node: VariableNode) -> object:
        """What a variable stands for: what was sent, else its own default as it stands in the document."""
        name = node.name.value
        self.sized_by.add(name)
        if self._variables is None:
            return 1
        return self._variables[name] if name in self._variables else self._defaults.get(name)

    def _size(self, value: object, default: object) -> int:
        if isinstance(value, VariableNode):
            value = self._given(value)
        size = default if value is None else value
        if isinstance(value, IntValueNode):
            size = int(value.value) if len(value.value) < 10 else MOST_ON_A_PAGE
        return max(1, min(size, MOST_ON_A_PAGE)) if isinstance(size, int) else 1
