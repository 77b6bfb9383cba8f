"""What of a watched answer counts."""

from __future__ import annotations

import pytest

from graph.errors import InvalidQuestion
from server.graphql.document import Documents
from server.graphql.schema import core_schema
from server.graphql.watches.steady import VOLATILE, check_watchable, steady

DOCUMENTS = Documents(core_schema())
DOCUMENT = """
query Q { names: domainNames { edges { place: cursor node { ...Seen } } pageInfo { hasNextPage end: endCursor } }
  patterns { rows { nodes { values } } } }
fragment Seen on DomainName { id when: lastSeen ... on Entity { cursor: caption } lastSeen }
"""


def test_what_differs_each_time_does_not_count_whatever_it_is_called() -> None:
    prepared = DOCUMENTS.prepare(DOCUMENT)
    data = {
        "names": {
            "edges": [{"place": "x", "node": {"id": "1", "when": "now", "cursor": "c", "lastSeen": "now"}}],
            "pageInfo": {"hasNextPage": False, "end": "x"},
        },
        "patterns": [{"rows": {"nodes": [{"values": {"cursor": 1, "lastSeen": [{"tookMs": 2}]}}]}}],
    }  # fmt: skip
    assert steady(prepared.document, prepared.operation(None).node, data) == {
        "names": {
            "edges": [{"node": {"id": "1", "cursor": "c"}}],
            "pageInfo": {"hasNextPage": False},
        },
        "patterns": data["patterns"],
    }


def test_each_field_that_does_not_count_is_in_the_schema() -> None:
    there = {
        name for kind in core_schema().type_map.values() for name in getattr(kind, "fields", ())
    }
    assert there >= VOLATILE


@pytest.mark.parametrize(
    "asked",
    [
        'query { tryRule(text: "x") { looks } }',
        'query { ...A } fragment A on Query { t: tryPattern(text: "x") { looks } }',
        'query { cypher(query: "RETURN 1") { columns } }',
        "query { savedQueries { id watch { state } } }",
    ],
)
def test_what_looking_at_changes_or_records_is_not_watched(asked: str) -> None:
    document = DOCUMENTS.prepare(asked).document
    with pytest.raises(InvalidQuestion, match="cannot be watched"):
        check_watchable(core_schema(), document)
