"""Which secrets collectors need, and what each would make usable that is not set. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.modules.catalog import Module
from server.modules.standing import Standing


@dataclass(frozen=True)
class Need:
    """A secret that collectors of a source need, `used_by` all of them.

    `unlocks` are those that lack this secret and no other: none where it is set.
    """

    source: str
    name: str
    docs: str
    terms: str
    is_set: bool
    used_by: tuple[Module, ...]
    unlocks: tuple[Module, ...]

    @property
    def asks_about(self) -> tuple[str, ...]:
        """The kinds of entity about which more could be asked."""
        return tuple(sorted({kind for each in self.unlocks for kind in each.inputs}))

    @property
    def answers(self) -> tuple[str, ...]:
        """The kinds and relationship types that answers could state."""
        return tuple(sorted({kind for each in self.unlocks for kind in each.outputs}))


def needs(modules: Iterable[Module], standing: Standing) -> list[Need]:
    """Every secret that one of these modules needs, by source and name; modules in the order in which they came."""
    users: dict[tuple[str, str], list[Module]] = {}
    for module in modules:
        if manifest := module.manifest:
            for name in manifest.secrets:
                users.setdefault((manifest.source, name), []).append(module)
    return [_need(source, name, found, standing) for (source, name), found in sorted(users.items())]


def _need(source: str, name: str, users: list[Module], standing: Standing) -> Need:
    return Need(
        source=source,
        name=name,
        docs=users[0].docs,
        terms=users[0].terms,
        is_set=(source, name) in standing.secrets,
        used_by=tuple(users),
        unlocks=tuple(each for each in users if _missing(each, source, standing) == {name}),
    )


def _missing(module: Module, source: str, standing: Standing) -> set[str]:
    return {name for name in module.secrets if (source, name) not in standing.secrets}
