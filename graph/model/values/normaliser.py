"""The form of a normaliser: a pure function that gives a value's canonical form, or refuses it.

A normaliser never guesses and never looks anything up. Changing what one gives is a migration:
raise its version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")


@dataclass(frozen=True)
class Normaliser(Generic[T]):
    """A kind of value: its name in a sentence ("a domain name"), its version and its function.

    Used as `Annotated[str, DOMAIN_NAME]` in a declaration, or called.
    """

    wanted: str
    version: int
    function: Callable[[object], T]

    def __call__(self, raw: object) -> T:
        """The canonical form of `raw`. Raises Refused."""
        return self.function(raw)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.function, handler(source))
