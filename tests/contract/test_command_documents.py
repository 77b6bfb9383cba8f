"""What the commands, the account's page and the soak ask is in the schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from bench.soak import work
from server.commands import documents
from server.web import signin

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = documents.named()
DOCUMENTS |= signin.documents()
DOCUMENTS |= {
    f"SOAK_{i}": text for i, text in enumerate((work.STATE, work.SUBSCRIPTION, *work.QUESTIONS))
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema as it is written down; it takes seconds to read."""
    return build_schema((CHECKOUT / "schema.graphql").read_text())


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_fits_the_schema(name: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(DOCUMENTS[name])) == []
