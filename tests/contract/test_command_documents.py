"""What the commands and the account's page ask is in the schema."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from server.commands import documents
from server.web import signin

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = {name: text for name, text in vars(documents).items() if name.isupper()}
DOCUMENTS |= signin.documents()


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_fits_the_schema(name: str) -> None:
    schema = build_schema((CHECKOUT / "schema.graphql").read_text())

    assert validate(schema, parse(DOCUMENTS[name])) == []
