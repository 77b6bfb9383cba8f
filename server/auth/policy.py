"""What may be done, and who may do it: one table.

A permission names an act on one area; a role is a set of permissions. A caller has one role in one organization.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from graph.errors import NotPermitted


class Permission(enum.StrEnum):
    """An act that can be allowed."""

    READ_GRAPH = "READ_GRAPH"
    ASSERT_FACTS = "ASSERT_FACTS"
    ANNOTATE = "ANNOTATE"
    READ_FINDINGS = "READ_FINDINGS"
    READ_SCANS = "READ_SCANS"
    RUN_SCANS = "RUN_SCANS"
    IMPORT_FILES = "IMPORT_FILES"
    READ_SERVICES = "READ_SERVICES"
    READ_ACCOUNT = "READ_ACCOUNT"


class Role(enum.StrEnum):
    """What somebody is in an organization."""

    OWNER = "OWNER"
    ANALYST = "ANALYST"
    VIEWER = "VIEWER"


_VIEWER = frozenset(
    {
        Permission.READ_GRAPH,
        Permission.READ_FINDINGS,
        Permission.READ_SCANS,
        Permission.READ_SERVICES,
        Permission.READ_ACCOUNT,
    }
)
_ANALYST = _VIEWER | {
    Permission.ASSERT_FACTS,
    Permission.ANNOTATE,
    Permission.RUN_SCANS,
    Permission.IMPORT_FILES,
}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.ANALYST: _ANALYST,
    Role.OWNER: _ANALYST,
}


@dataclass(frozen=True)
class Principal:
    """Who asks: a user, in an organization, with a role. There is none without an organization."""

    user: str
    email: str
    org: str
    org_name: str
    role: Role
    key: str

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the caller may do."""
        return GRANTS[self.role]

    @property
    def access_class(self) -> str:
        """Callers of one class get the same answer to the same question."""
        return f"{self.org}:{self.role}"

    def require(self, permission: Permission, what: str) -> None:
        """Raise NotPermitted, naming `what` was asked for, unless the caller may do it."""
        if permission not in self.permissions:
            raise NotPermitted(
                f"{what} needs the permission {permission}, which the role {self.role} does not have"
            )
