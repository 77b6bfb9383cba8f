"""Documents of saved queries, prepared as those are that are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from graphql import VariableDefinitionNode
from graphql.execution.values import get_variable_values

from graph.errors import InvalidQuestion
from server.graphql.document import Documents
from server.graphql.schema import core_schema


@cache
def documents() -> Documents:
    """What prepares them; one for the process."""
    return Documents(core_schema())


def check_values(declared: Iterable[VariableDefinitionNode], given: Mapping[str, Any]) -> None:
    """Raise InvalidQuestion where variables of a document get values of other types than they are declared with."""
    found = get_variable_values(core_schema(), tuple(declared), dict(given))
    if isinstance(found, list):
        raise InvalidQuestion(f"variables: {found[0].message}")
