"""The manifest of a source: what its collectors and channels want, give and may do, read without their code.

A folder is a source and has one `manifest.toml` with one table for each of them. This module
reads and checks the form; whether the named kinds exist is for a contract test to ask the model,
and what the options mean is the module's.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from collectors._kit.options import OptionSpec, options_schema, read_options
from collectors._kit.policy import host_of
from graph.errors import MirageError
from graph.facts import MARKINGS
from graph.model.base import Entity

FILE_NAME = "manifest.toml"
ANY_KIND = "*"

Marking = Literal["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"]
ActivityClass = Literal["P0", "P1", "P2", "P3"]
Status = Literal["experimental", "tested", "stable"]
Seconds = Annotated[int, Field(ge=0, le=366 * 86_400)]
Units = Annotated[int, Field(ge=0, le=1_000_000)]
Sentence = Annotated[str, Field(min_length=8, max_length=400)]
OF_OPTION = "option:"  # a host of a channel that an option names
_TABLES: Mapping[str, str] = {"collector": "collectors", "channel": "channels"}


# How long answers are fresh where a manifest says nothing. Somewhat less than a day or an hour, so that a scan which is
# repeated daily or hourly asks each time.
FRESH_S: Mapping[ActivityClass, int] = {"P0": 72_000, "P1": 3_000, "P2": 19_800, "P3": 72_000}


class InvalidManifest(MirageError):
    """A manifest that cannot be used; the message names file, key and what would be right."""

    code = "INVALID_MANIFEST"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Rate(_Table):
    """How often a source may be asked."""

    source_per_s: float = Field(
        50.0, gt=0, description="Requests per second of this collector in all."
    )
    host_per_s: float = Field(10.0, gt=0, description="Requests per second to any one host.")
    concurrency: int = Field(
        8, ge=1, le=200, description="Entities looked at side by side in one batch."
    )


class Quota(_Table):
    """What a source lets one key ask, in units of its own; days and months are those of UTC."""

    per_day: int | None = Field(None, ge=1, description="Units of one key in a day.")
    per_month: int | None = Field(None, ge=1, description="Units of one key in a month.")


class ModuleManifest(_Table):
    """What manifests of collectors and of channels have in common: what egress goes by, and how they are set."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", description="Its name, `source.what`."
    )
    source: str = Field(
        "",
        description="The folder it is in, not set by hand; its secrets are kept under that name.",
    )
    title: str = Field(min_length=3, max_length=80, description="What a person reads in a list.")
    summary: Sentence = Field(description="What it does, in a sentence.")
    module: str = Field(
        "", pattern=r"^[a-z0-9_]*$", description="Its file; the id's last word if empty."
    )
    version: int = Field(ge=1, description="Raised when it understands or says the same otherwise.")
    rate: Rate = Field(Rate(), description="How often it may ask.")
    timeout_s: float = Field(
        30.0, gt=0, le=600, description="The longest one request may take, retries aside."
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="The hosts it may contact; `*.name` for all below, `*` for any (say why in terms).",
    )
    secrets: tuple[str, ...] = Field((), description="Names of the secrets it needs.")
    options: Mapping[str, OptionSpec] = Field(
        default_factory=dict, description="What can be set, by name."
    )
    status: Status = Field("experimental", description="How far it is proven.")

    @property
    def keeps_to_hosts(self) -> bool:
        """Whether it contacts the hosts that its manifest names, and no others, rather than what it looks at."""
        return True

    @property
    def module_name(self) -> str:
        """The file in the source's folder that holds its code."""
        return self.module or self.id.rpartition(".")[2]

    def may_contact(self, host: str) -> bool:
        """Whether `hosts` allows the host `host`."""
        return any(fnmatch.fnmatchcase(host.lower(), pattern.lower()) for pattern in self.hosts)

    def options_schema(self) -> dict[str, Any]:
        """The options as a JSON Schema object."""
        return options_schema(self.options)

    def read_options(self, given: Mapping[str, object]) -> dict[str, object]:
        """`given` checked against the declared options and completed. Raises InvalidOption."""
        return read_options(self.id, self.options, given)


class CollectorManifest(ModuleManifest):
    """One collector, as its manifest table says it."""

    summary: Sentence = Field(description="What it finds out, in a sentence.")
    fallback_for: str = Field(
        "",
        description="A collector in whose place this one is asked: only about entities for which that "
        "one, where it is enabled, gave no answer.",
    )
    max_distance: int | None = Field(
        None,
        ge=0,
        le=5,
        description="Hops from what a scan includes beyond which it is not asked; 0 for what only "
        "makes sense of the scan's own.",
    )
    kind: Literal["collector", "importer"] = Field(
        "collector",
        description="Whether it looks at entities or reads a file that a person hands in.",
    )
    consumes: tuple[str, ...] = Field(min_length=1, description="The kinds of entity it looks at.")
    needs: tuple[str, ...] = Field(
        (), description="Roles of which the entity must have one, such as Apex."
    )
    produces: tuple[str, ...] = Field(
        min_length=1,
        description="Every kind and relationship type it may state; anything else is an error. "
        "`*` for an importer whose options say what a file holds.",
    )
    parts: tuple[str, ...] = Field(
        ("",),
        min_length=1,
        description="Pieces that succeed or fail alone; `feed:*` admits names made at run time.",
    )
    activity: ActivityClass = Field(
        alias="class", description="P0 third parties only, P1 DNS, P2 polite contact, P3 intrusive."
    )
    reliability: float = Field(gt=0, lt=1, description="How far its answers are to be believed.")
    version: int = Field(ge=1, description="Raised when the same answer is understood differently.")
    max_requests: int = Field(100, ge=1, le=10_000, description="The most requests for one entity.")
    ceiling: Marking | None = Field(
        None,
        description="The strictest marking (TLP 2.0) of entities that it is asked about. By default GREEN for class "
        "P0, since whoever is asked learns of them, and RED for the others; RED also for what asks nobody.",
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="For class P0: the hosts it may contact; `*.name` for all below, "
        "`*` for any (say why in terms).",
    )
    fresh_s: Seconds | Mapping[str, Seconds] | None = Field(
        None,
        description="Seconds for which an answer is used again instead of asking anew, or a table of them by kind of "
        "entity; 0 for never. By default 20 hours for classes P0 and P3, 50 minutes for P1, 5.5 hours for P2.",
    )
    units: Units | Mapping[str, Units] | None = Field(
        None,
        description="Units of a key's quota that a lookup costs, or a table of them by kind of entity. By default 1 "
        "for what needs secrets, 0 for what needs none.",
    )
    quota: Quota = Field(Quota(), description="That of its source, not set by hand.")

    @model_validator(mode="after")
    def _agree(self) -> CollectorManifest:
        repeated = [
            n
            for n in ("consumes", "produces", "parts")
            if len(set(getattr(self, n))) != len(getattr(self, n))
        ]
        if repeated:
            raise ValueError(f"{repeated[0]} names something twice")
        if ANY_KIND in self.produces and self.kind != "importer":
            raise ValueError("produces: * is for importers; name the kinds and types")
        if self.fallback_for == self.id:
            raise ValueError("fallback_for names the collector itself")
        for name in ("fresh_s", "units"):
            table = getattr(self, name)
            if isinstance(table, Mapping) and (other := sorted({*table} - {*self.consumes})):
                raise ValueError(f"{name} names {other[0]}, which is none of what it consumes")
        if self.units is not None and not self.secrets:
            raise ValueError("units are those of a key; secrets names none")
        if self.hosts and self.activity != "P0":
            raise ValueError(
                'hosts is for class = "P0"; other collectors contact what they look at'
            )
        return self

    @property
    def contacts_hosts(self) -> bool:
        """Whether it contacts what it looks at, and not only third parties and resolvers."""
        return self.activity >= "P2"

    @property
    def keeps_to_hosts(self) -> bool:
        """Whether it asks third parties, and not what it looks at."""
        return self.activity == "P0"

    def accepts(self, entity: Entity) -> bool:
        """Whether this collector looks at `entity`, by its kind and, where needed, its roles."""
        return entity.label in self.consumes and (
            not self.needs or bool({*self.needs} & {*entity.roles()})
        )

    def at_most(self, host_per_s: float | None) -> CollectorManifest:
        """The same with at most so many requests a second to any one host; None for its own rate."""
        if host_per_s is None or self.rate.host_per_s <= host_per_s:
            return self
        rate = self.rate.model_copy(update={"host_per_s": host_per_s})
        return self.model_copy(update={"rate": rate})

    def fresh_for(self, label: str) -> timedelta:
        """How long an answer about a kind of entity is used again instead of asking anew."""
        said = self.fresh_s.get(label) if isinstance(self.fresh_s, Mapping) else self.fresh_s
        return timedelta(seconds=FRESH_S[self.activity] if said is None else said)

    def units_for(self, label: str) -> int:
        """Units of a key's quota that a lookup of a kind of entity costs."""
        if isinstance(self.units, Mapping):
            return self.units.get(label, 1)
        return self.units if self.units is not None else int(bool(self.secrets))

    @property
    def most_units(self) -> int:
        """Units that its dearest lookup costs."""
        return max(self.units_for(label) for label in self.consumes)

    @property
    def highest(self) -> Marking:
        """The strictest marking of entities that it is asked about."""
        return self.ceiling or ("GREEN" if self.activity == "P0" else "RED")

    def may_hear_of(self, tlp: str) -> bool:
        """Whether entities of this marking (empty for the open one) may be handed to it."""
        return MARKINGS.index(tlp) <= MARKINGS.index(self.highest)

    def has_part(self, part: str) -> bool:
        """Whether `part` is declared."""
        return any(fnmatch.fnmatchcase(part, pattern) for pattern in self.parts)


class ChannelManifest(ModuleManifest):
    """One channel, as its manifest table says it."""

    version: int = Field(ge=1, description="Raised when it says the same otherwise.")
    sends: Literal["http", "tcp", "mail"] = Field(
        description="How it sends: over HTTP, over a TCP connection, or by the operator's mail server."
    )
    hosts: tuple[str, ...] = Field(
        (),
        description="The hosts it may contact, as for collectors, and `option:name` for the one that this option, an "
        "address or a host, names. None for mail, which goes to the operator's server.",
    )
    timeout_s: float = Field(
        30.0,
        gt=0,
        le=60,
        description="The longest that one try may take; who tries holds it longer.",
    )
    ceiling: Marking = Field(
        "GREEN",
        description="The strictest marking (TLP 2.0) of what goes over it, where the organization does not say.",
    )

    @model_validator(mode="after")
    def _agree(self) -> ChannelManifest:
        if (self.sends == "mail") == bool(self.hosts):
            raise ValueError("hosts names whom it contacts, and is empty for mail alone")
        for name in self._options_of_hosts():
            if name not in self.options or self.options[name].type != "text":
                raise ValueError(f"hosts names the option {name!r}, which is no text among options")
        return self

    def _options_of_hosts(self) -> list[str]:
        return [each.removeprefix(OF_OPTION) for each in self.hosts if each.startswith(OF_OPTION)]

    def reaching(self, options: Mapping[str, object]) -> ChannelManifest:
        """The same with the hosts that these options name, read before. Raises SourceRejected for what is no host."""
        named = [host_of(str(options[name])) for name in self._options_of_hosts()]
        fixed = [each for each in self.hosts if not each.startswith(OF_OPTION)]
        return self.model_copy(update={"hosts": (*fixed, *named)})


class SourceManifest(_Table):
    """One source: who keeps it, where it is described, under which terms, its collectors and its channels."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="The folder's name.")
    title: str = Field(min_length=3, max_length=80, description="What a person calls the source.")
    owner: str = Field(min_length=2, description="Who keeps these collectors.")
    docs: str = Field(
        pattern=r"^(https?://\S+|[a-z0-9_./-]+\.md)$", description="Where the source is described."
    )
    terms: Sentence = Field(description="Licence and limits of the source.")
    quota: Quota = Field(
        Quota(),
        description="What one key may ask without being paid for, `per_day` and `per_month`.",
    )
    collectors: tuple[CollectorManifest, ...] = Field((), description="Its collectors.")
    channels: tuple[ChannelManifest, ...] = Field((), description="Its channels.")

    @model_validator(mode="after")
    def _has_some(self) -> SourceManifest:
        if not self.collectors and not self.channels:
            raise ValueError("it has neither a collector nor a channel")
        return self


def read_manifest(path: Path) -> SourceManifest:
    """Read the manifest file `path`; the source's id is its folder's name.

    Raises InvalidManifest.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidManifest(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidManifest(f"{path}: is not TOML: {error}") from error
    return build_manifest(raw, folder=path.parent.name, where=str(path))


def build_manifest(raw: Mapping[str, Any], *, folder: str, where: str) -> SourceManifest:
    """The manifest from its parsed tables. `where` begins each message of InvalidManifest."""
    source = {key: value for key, value in raw.items() if key not in _TABLES}
    source["id"] = folder
    for key, plural in _TABLES.items():
        if plural in raw:
            raise InvalidManifest(f'{where}: {plural}: the tables are called [{key}."…"]')
        tables = raw.get(key, {})
        if not isinstance(tables, Mapping) or not all(
            isinstance(t, Mapping) for t in tables.values()
        ):
            raise InvalidManifest(
                f'{where}: {key}: each {key} has a table of its own, [{key}."{folder}.…"]'
            )
        source[plural] = [{**table, "id": n, "source": folder} for n, table in tables.items()]
    try:
        made = SourceManifest.model_validate(source)
    except ValidationError as error:
        raise InvalidManifest(_explain(where, error, source)) from error
    own = tuple(each.model_copy(update={"quota": made.quota}) for each in made.collectors)
    return made.model_copy(update={"collectors": own})


def _explain(where: str, error: ValidationError, source: Mapping[str, Any]) -> str:
    """One line for each problem: the file, the key as it stands there, and what is wrong."""
    lines = []
    for problem in error.errors(include_url=False):
        place = list(problem["loc"])
        key = next((key for key, plural in _TABLES.items() if place[:1] == [plural]), "")
        if key and len(place) > 1 and isinstance(place[1], int):
            place[:2] = [f'{key}."{source[_TABLES[key]][place[1]]["id"]}"']
        spot = ".".join(str(step) for step in place) or "manifest"
        lines.append(f"{where}: {spot}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
