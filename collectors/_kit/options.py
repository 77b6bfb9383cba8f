"""The options of a collector: how a manifest declares one, its JSON Schema, and reading values.

Nothing here knows where values come from; the server keeps them per organization.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graph.errors import InvalidQuestion

Scalar = bool | int | float | str
OptionType = Literal["text", "integer", "number", "boolean", "texts", "integers", "tables"]

_SCHEMA: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "integers": {"type": "array", "items": {"type": "integer"}},
    "tables": {"type": "array", "items": {"type": "object"}},
}


class InvalidOption(InvalidQuestion):
    """A value that the manifest does not allow; the message names the option and what is right.

    `field` is the option's place in what was given, where that is known.
    """

    code = "INVALID_OPTION"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class OptionSpec(BaseModel):
    """One option as a manifest declares it.

    `tables` is a list of tables, each with the options in `fields`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: OptionType = Field(description="What kind of value it takes.")
    default: Any = Field(
        None, description="The value where none is given; without it the option must be given."
    )
    summary: str = Field(min_length=8, description="What it does, in a sentence.")
    unit: str = Field("", description="What a number counts.")
    choices: tuple[Scalar, ...] = Field((), description="The allowed values, if they are few.")
    minimum: float | None = Field(None, description="The least value, or the least one in a list.")
    maximum: float | None = Field(
        None, description="The greatest value, or the greatest one in a list."
    )
    fields: Mapping[str, OptionSpec] = Field(
        default_factory=dict, description="The keys of each table."
    )

    @model_validator(mode="after")
    def _agree(self) -> OptionSpec:
        if (self.type == "tables") != bool(self.fields):
            raise ValueError('fields belongs to type = "tables", and only to it')
        if self.default is not None:
            self.read("default", self.default)
        return self

    @property
    def wanted(self) -> str:
        """What would be right, for people."""
        bounds = [
            f"{word} {value:g}"
            for word, value in (("from", self.minimum), ("to", self.maximum))
            if value is not None
        ]
        kind = {"texts": "a list of texts", "integers": "a list of integers"}.get(self.type)
        said = kind or ("a list of tables" if self.type == "tables" else f"of type {self.type}")
        among = [f"one of {', '.join(map(str, self.choices))}"] if self.choices else []
        return " ".join(["right is", said, *among, *bounds])

    def read(self, where: str, value: object) -> object:
        """`value` checked, lists as tuples. Raises InvalidOption naming `where`."""
        if self.type == "tables":
            return self._read_tables(where, value)
        if self.type in ("texts", "integers"):
            if not isinstance(value, list | tuple):
                raise InvalidOption(f"{where}: {value!r} is not a list of {self.type}")
            return tuple(
                self._read_one(f"{where}[{i}]", self.type[:-1], item)
                for i, item in enumerate(value)
            )
        return self._read_one(where, self.type, value)

    def _read_tables(self, where: str, value: object) -> object:
        if not isinstance(value, list | tuple) or not all(
            isinstance(item, Mapping) for item in value
        ):
            raise InvalidOption(
                f"{where}: {value!r} is not a list of tables with the keys {', '.join(self.fields)}"
            )
        return tuple(
            read_options(f"{where}[{i}]", self.fields, item) for i, item in enumerate(value)
        )

    def _read_one(self, where: str, wanted: str, value: object) -> object:
        allowed: tuple[type, ...] = {"text": (str,), "integer": (int,), "boolean": (bool,)}.get(
            wanted, (int, float)
        )
        # bool is an int to Python, and `true` is no number to a person.
        if not isinstance(value, allowed) or (isinstance(value, bool) and wanted != "boolean"):
            raise InvalidOption(f"{where}: {value!r} is not of type {wanted}")
        if self.choices and value not in self.choices:
            raise InvalidOption(
                f"{where}: {value!r} is not one of {', '.join(map(str, self.choices))}"
            )
        if isinstance(value, int | float) and not isinstance(value, bool):
            self._check_bounds(where, value)
        return value

    def _check_bounds(self, where: str, value: float) -> None:
        if self.minimum is not None and value < self.minimum:
            raise InvalidOption(f"{where}: {value} is less than {self.minimum:g}")
        if self.maximum is not None and value > self.maximum:
            raise InvalidOption(f"{where}: {value} is more than {self.maximum:g}")

    def json_schema(self) -> dict[str, Any]:
        """This option as a JSON Schema."""
        found: dict[str, Any] = {**_SCHEMA[self.type], "description": self.summary}
        if self.type == "tables":
            found["items"] = options_schema(self.fields)
        bounds: dict[str, Any] = {}
        if self.choices:
            bounds["enum"] = list(self.choices)
        if self.minimum is not None:
            bounds["minimum"] = self.minimum
        if self.maximum is not None:
            bounds["maximum"] = self.maximum
        if self.type in ("texts", "integers"):
            found["items"] = {**found["items"], **bounds}
        else:
            found |= bounds
        if self.default is not None:
            found["default"] = self.default
        return found


def options_schema(specs: Mapping[str, OptionSpec]) -> dict[str, Any]:
    """The options as a JSON Schema object that allows nothing else."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: spec.json_schema() for name, spec in specs.items()},
        "required": [name for name, spec in specs.items() if spec.default is None],
    }


def read_options(
    where: str, specs: Mapping[str, OptionSpec], given: Mapping[str, object]
) -> dict[str, object]:
    """`given` checked against `specs`, defaults filled in.

    Raises InvalidOption, whose message begins with `where`.
    """
    unknown = sorted(set(given) - set(specs))
    if unknown:
        known = ", ".join(specs) or "none"
        raise InvalidOption(f"{where}: there is no option {unknown[0]!r}; there are: {known}")
    values: dict[str, object] = {}
    for name, spec in specs.items():
        value = given.get(name, spec.default)
        if value is None:
            raise InvalidOption(f"{where}: option {name!r} must be given: {spec.summary}")
        values[name] = spec.read(f"{where}: {name}", value)
    return values
