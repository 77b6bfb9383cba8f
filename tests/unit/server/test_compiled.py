"""From GraphQL to the neutral tree, without a database: what is merged, told apart, shared and left alone."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    print_ast,
    validate,
)
from graphql.execution.values import get_variable_values

from graph.correlate.rules import load
from graph.select.plan import Reader
from graph.select.statement import Statement
from graph.select.tree import (
    All,
    AnyOf,
    Compare,
    Constant,
    Derived,
    Node,
    Notes,
    One,
    Operator,
    Read,
    Related,
    Value,
)
from server.graphql.compiled import Bound, Compiler
from server.graphql.compiled.arguments import Arguments, Uncompilable
from server.graphql.compiled.roots import Roots
from server.graphql.compiled.selections import Selections
from server.graphql.findings import rules
from server.graphql.schema import core_schema


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return core_schema()


@pytest.fixture
def compiler(schema: GraphQLSchema) -> Compiler:
    return Compiler(schema)


def roots_of(schema: GraphQLSchema, text: str, **variables: Any) -> list[Any]:
    """The trees of an operation's root fields."""
    document = parse(text)
    assert validate(schema, document) == []
    operation: Any = document.definitions[0]
    coerced = get_variable_values(schema, operation.variable_definitions, variables)
    assert isinstance(coerced, dict)
    rest: list[Any] = list(document.definitions[1:])
    fragments = {each.name.value: each for each in rest}
    selections = Selections(schema, fragments, coerced)
    query = schema.query_type
    assert query is not None
    picked = selections.pick([operation.selection_set], query)
    return [Roots.of(selections).root(each, query) for each in picked]


def test_selections_of_one_field_are_merged_in_the_order_of_the_answer(
    schema: GraphQLSchema,
) -> None:
    text = """
    { domainName(key: "a.example") { b: name ...F ... on Entity { key } id } }
    fragment F on DomainName { resolvesTo { nodes { address } } c: name resolvesTo { nodes { version } } }
    """
    (root,) = roots_of(schema, text)
    (variant,) = root.shape.variants
    assert [each.alias for each in variant.fields] == ["b", "resolvesTo", "c", "key", "id"]
    (nodes,) = variant.fields[1].fields
    assert nodes.shape.variants[0].fields == (
        Read("address", "address"),
        Read("version", "version"),
    )


def test_kinds_that_fragments_name_are_told_apart(schema: GraphQLSchema) -> None:
    text = '{ entity(id: "x") { key ... on DomainName { name } ... on Entity { id ... on URL { key } } } }'
    (root,) = roots_of(schema, text)
    by_kinds = {variant.kinds: [f.alias for f in variant.fields] for variant in root.shape.variants}
    assert by_kinds[("DomainName",)] == ["key", "name", "id"]
    assert by_kinds[("URL",)] == ["key", "id"]
    (rest,) = (kinds for kinds in by_kinds if len(kinds) > 1)
    assert by_kinds[rest] == ["key", "id"]
    assert "IPAddress" in rest


def test_skipped_and_left_out_fields_are_not_read(schema: GraphQLSchema) -> None:
    text = """
    query($yes: Boolean!) {
      domainName(key: "a") { id @skip(if: $yes) key @include(if: $yes) ... @skip(if: true) { name } caption }
    }
    """
    (root,) = roots_of(schema, text, yes=True)
    assert [each.alias for each in root.shape.variants[0].fields] == ["key", "caption"]


def test_type_names_are_known_beforehand_where_one_type_is_possible(schema: GraphQLSchema) -> None:
    (root,) = roots_of(
        schema,
        '{ domainName(key: "a") { __typename resolvesTo { __typename nodes { __typename } } } }',
    )
    related = root.shape.variants[0].fields[1]
    assert isinstance(related, Related)
    assert related.fields[0] == Constant("__typename", "ResolvesToTargetConnection")
    assert isinstance(related.fields[1], Node)


def test_variables_are_referred_to_wherever_they_stand(schema: GraphQLSchema) -> None:
    text = """
    query($k: String!, $v: Long, $w: IPAddressWhere, $f: Int) {
      domainName(key: $k) {
        a: resolvesTo(where: {version: {gte: $v}, and: [{key: {eq: "x"}}]}) { totalCount }
        b: resolvesTo(where: $w, first: $f) { totalCount }
      }
    }
    """
    where = {"or": [{"address": {"in": ["192.0.2.1"]}}]}
    (root,) = roots_of(schema, text, k="a.example", v=4, w=where, f=None)
    assert isinstance(root, One)
    assert root.value == Value(("k",))
    first, second = root.shape.variants[0].fields
    assert isinstance(first, Related)
    assert isinstance(second, Related)
    in_list = Compare("address", Operator.IN, Value(("w", "or", 0, "address", "in")))
    is_x = Compare("key", Operator.EQ, Value(constant="x"))
    assert first.where == All((Compare("version", Operator.GTE, Value(("v",))), All((is_x,))))
    assert second.where == AnyOf((in_list,))
    assert second.page.first == Value(constant=25), "null is the default"


def test_nulls_in_a_filter_count_as_not_given(schema: GraphQLSchema) -> None:
    text = '{ domainName(key: "a") { resolvesTo(where: {version: null, key: {eq: null}, not: null}) { totalCount } } }'
    (root,) = roots_of(schema, text)
    assert root.shape.variants[0].fields[0].where.of == ()


SHAPED = """
query($id: ID!, $at: DateTime, $w: DomainNameWhere, $o: EntityOrder, $k: Int, $s: Boolean!) {
  a: entity(id: $id, at: $at) { id @skip(if: $s) }
  b: domainNames(where: $w, orderBy: $o) { totalCount }
  c: paths(from: $id, to: $id, k: $k) { length }
}
"""
GIVEN: dict[str, Any] = {
    "id": "x",
    "at": None,
    "w": {"name": {"in": ["a"]}},
    "o": {},
    "k": 1,
    "s": False,
}


@pytest.mark.parametrize(
    ("change", "is_shared"),
    [
        ({}, True),
        ({"id": "y"}, True),
        ({"w": {"name": {"in": ["b", "c"]}}}, True),
        ({"at": "2026-01-01T00:00:00Z"}, False),
        ({"w": {"name": {"in": ["a"], "ne": "x"}}}, False),
        ({"w": {"name": {"in": None}}}, False),
        ({"w": {"isRegistrable": {"isNull": True}}}, False),
        ({"w": None}, False),
        ({"o": {"direction": "DESC"}}, False),
        ({"k": 2}, False),
        ({"s": True}, False),
    ],
)
def test_requests_of_equal_shape_share_their_plans(
    compiler: Compiler, change: dict[str, Any], is_shared: bool
) -> None:
    operation = compiler.operation(parse(SHAPED), SHAPED)
    assert operation is not None
    definitions = tuple(operation.definition.variable_definitions)
    for given in (GIVEN, {**GIVEN, **change}):
        coerced = get_variable_values(compiler.schema, definitions, given)
        assert isinstance(coerced, dict)
        assert compiler.plans(operation, coerced)
    assert compiler.compiled == (1 if is_shared else 2)


@pytest.mark.parametrize(
    "text",
    [
        "mutation { tag(id: 1, add: []) { errors { code } } }",
        "{ __schema { types { name } } }",
        "{ me { email } }",
        "{ ...F } fragment F on Query { scans { totalCount } }",
    ],
)
def test_what_is_not_about_collected_entities_is_left_alone(compiler: Compiler, text: str) -> None:
    assert compiler.operation(parse(text), text) is None


MIXED = """
query Q($yes: Boolean!, $first: Int, $key: String!) {
  a: me { id } ...F b: domainName(key: $key) { id } ... @include(if: $yes) { runs(first: $first) { totalCount } }
  a: me { role } ... @skip(if: $yes) { statistics { unjudgedWrites } } __typename
}
fragment F on Query { c: domainNames(first: $first) { totalCount } findings { ...G } b: domainName(key: $key) { key } }
fragment G on FindingConnection { totalCount }
"""


def bound_of(compiler: Compiler, text: str, **variables: Any) -> Bound:
    """What of an operation goes by statements."""
    document = parse(text)
    assert validate(compiler.schema, document) == []
    operation = compiler.operation(document, text)
    assert operation is not None
    bound = compiler.bind(operation, variables, Reader("an-org"))
    assert bound is not None
    return bound


def test_root_fields_are_shared_out_between_statements_and_resolvers(compiler: Compiler) -> None:
    bound = bound_of(compiler, MIXED, yes=True, first=1, key="a.example")
    plans = bound.plans
    order = ["a", "c", "findings", "b", "runs", "__typename"]
    assert [each.alias for each in plans.picked] == order
    assert [root.picked.alias for root in plans.roots] == ["c", "b", "__typename"]
    assert [bool(given) for given in bound.given] == [True, True, False]
    rest = plans.rest
    assert rest is not None
    assert (
        print_ast(rest.definitions[0])
        == """\
query Q($yes: Boolean!, $first: Int, $key: String!) {
  a: me {
    id
  }
  a: me {
    role
  }
  findings {
    ...G
  }
  runs(first: $first) {
    totalCount
  }
}"""
    )
    again = bound_of(compiler, MIXED, yes=True, first=2, key="b.example")
    assert again.plans is plans, "prepared once, for all requests of the shape"
    other = bound_of(compiler, MIXED, yes=False, first=2, key="b.example").plans.rest
    assert other is not None
    assert "statistics" in print_ast(other.definitions[0])


def test_a_read_whose_arguments_are_refused_is_left_to_its_resolver(compiler: Compiler) -> None:
    text = """query Q($key: String!, $k: Int) {
      domainName(key: $key) { id } domainNames { totalCount } paths(from: "x", to: "y", k: $k) { length } }"""
    whole = bound_of(compiler, text, key="a.example", k=1)
    assert (len(whole.plans.roots), whole.plans.rest) == (3, None)
    for given, left in (
        ({"key": "no name", "k": 1}, "domainName"),
        ({"key": "a.example", "k": 11}, "paths"),
    ):
        bound = bound_of(compiler, text, **given)
        assert len(bound.plans.roots) == len(bound.given) == 2
        assert bound.plans.rest is not None
        (operation,) = bound.plans.rest.definitions
        assert isinstance(operation, OperationDefinitionNode)
        (field,) = operation.selection_set.selections
        assert isinstance(field, FieldNode)
        assert field.name.value == left


@pytest.mark.parametrize(
    ("roots", "given"),
    [
        ("a: domainName(key: $key) { id } __typename", "no name"),
        ("a: domainName(key: $key) @skip(if: true) { id } me { id }", "a.example"),
        ("a: domainName(key: $key) { id @skip(if: $no) }", "a.example"),
        ("... @skip(if: $no) { a: domainName(key: $key) { id } } domainNames { totalCount }", "a.example"),
    ],
)  # fmt: skip
def test_without_a_statement_all_of_it_is_resolved(
    compiler: Compiler, roots: str, given: str
) -> None:
    text = f"query Q($key: String!, $no: Boolean = true) {{ {roots} }}"
    operation = compiler.operation(parse(text), text)
    assert operation is not None
    assert compiler.bind(operation, {"key": given, "no": None}, Reader("an-org")) is None


@pytest.mark.parametrize("moment", ["", ', at: "2026-01-01T00:00:00Z"'])
def test_all_of_a_finding_and_its_notes_is_read(schema: GraphQLSchema, moment: str) -> None:
    text = f"""
    {{ entity(id: "x"{moment}) {{
      notes(first: 3) {{ text createdAt }}
      findings {{ nodes {{ id remediation subject {{ id }} evidence {{ id }} evidenceLinks {{ id }} notes {{ id }} }} }}
    }} }}"""
    (root,) = roots_of(schema, text)
    notes, findings = root.shape.variants[0].fields
    fields = (Read("text", "text"), Read("createdAt", "created_at"))
    assert notes == Notes("notes", Value(constant=3), fields)
    (nodes,) = findings.fields
    assert nodes.fields[:2] == (
        Read("id", "id"),
        Derived("remediation", "remediation", rules.remediation),
    )
    assert [getattr(each, "name", "") for each in nodes.fields[2:]] == [
        "subject",
        "evidence",
        "evidence_links",
        "",
    ]
    assert nodes.fields[-1] == Notes("notes", Value(constant=25), (Read("id", "id"),))


@pytest.mark.parametrize("name", list(load())[:2])
def test_what_a_shipped_rule_says_is_told_by_its_name(name: str) -> None:
    known = load()[name].header
    assert rules.explanation((name, None)) == known.explanation
    assert rules.remediation((name, None)) == known.remediation
    assert rules.references((name, None)) == list(known.references)


def test_of_other_rules_it_is_told_what_the_graph_has() -> None:
    own = "own.relay"
    assert rules.explanation((own, "It relays.")) == "It relays."
    assert rules.remediation((own, "Stop it.")) == "Stop it."
    assert rules.references((own, ["CWE-1"])) == ["CWE-1"]
    assert rules.explanation(("gone.rule", None)) is None
    assert rules.remediation(("gone.rule", None)) is None
    assert rules.references(("gone.rule", None)) == []


def test_a_directive_without_a_truth_value_is_left_to_the_resolvers(schema: GraphQLSchema) -> None:
    text = 'query($s: Boolean = true) { domainName(key: "a") { id @skip(if: $s) } }'
    with pytest.raises(Uncompilable, match="truth value"):
        roots_of(schema, text, s=None)


def test_a_list_may_have_variables_as_items(schema: GraphQLSchema) -> None:
    text = """query($a: String!, $k: EntityKind!) {
      entities(kinds: [$k, URL], where: {key: {in: [$a, "b"]}}) { totalCount } }"""
    (root,) = roots_of(schema, text, a="a", k="DomainName")
    items = Value(items=(Value(("a",)), Value(constant="b")))
    assert root.kinds == ("DomainName", "URL")
    assert root.where == Compare("key", Operator.IN, items)
    assert items.read({"a": "x"}) == ["x", "b"]


def test_a_null_among_the_items_is_left_to_the_resolvers(schema: GraphQLSchema) -> None:
    text = 'query($a: String = "x") { domainNames(where: {name: {in: [$a]}}) { totalCount } }'
    with pytest.raises(Uncompilable, match="a null in a list"):
        roots_of(schema, text, a=None)


def test_equal_lists_of_different_types_are_parameters_of_their_own() -> None:
    statement = Statement()
    ones = [Value(items=(Value(("a",)), Value(constant=one))) for one in (1, True, 1)]
    assert [statement.use(each) for each in ones] == ["$p0", "$p1", "$p0"]


def test_arguments_read_now_are_words_and_numbers() -> None:
    arguments = Arguments({"a": {"b": 3}})
    assert arguments.now(Value(("a", "b"))) == 3
    assert arguments.now(Value(constant="KEY")) == "KEY"
    assert arguments.now(None) is None
