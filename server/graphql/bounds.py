"""How much an operation may ask for, by the caller's role: the narrowest for those who need least."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from graph.errors import MirageError
from server.auth.policy import Role
from server.graphql.limits import HARD, Bounds

OWN_ROLES = "CUSTOM"

# Who reads is given what pages of people need; who only writes, or watches over others, needs little of the graph.
USUAL: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        Role.VIEWER: {"cost": 50_000},
        Role.AUDITOR: {"cost": 20_000, "depth": 10},
        Role.INGEST: {"cost": 5_000, "depth": 8, "fields": 500},
    }
)


class InvalidBounds(MirageError, ValueError):
    """A setting of what roles may ask that names no role or bound, or is no number in its range."""

    code = "INVALID_BOUNDS"


class RoleBounds:
    """The bounds of each role. Roles that an organization made are `CUSTOM`; whoever is not named has the widest."""

    def __init__(self, given: Mapping[str, Mapping[str, int]] = MappingProxyType({})) -> None:
        """`given` replaces the usual bounds of the roles that it names. Raises InvalidBounds."""
        self._of = dict.fromkeys([*Role, OWN_ROLES], HARD)
        for role, bounds in {**USUAL, **given}.items():
            if role not in self._of:
                raise InvalidBounds(f"{role} is no role; there are {', '.join(sorted(self._of))}")
            try:
                self._of[role] = Bounds.of(bounds)
            except ValueError as error:
                raise InvalidBounds(f"{role}: {error}") from error

    def of(self, role: str) -> Bounds:
        """What operations of the role may ask for."""
        return self._of.get(role, self._of[OWN_ROLES])
