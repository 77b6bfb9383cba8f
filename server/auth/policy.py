"""What may be done, and who may do it: one table.

A permission names an act on one area; a role is a set of permissions. A caller acts in one organization with one role,
narrowed by what the credential may do. What lies above the organizations is not a role: it is the platform's.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from graph.errors import NotPermitted
from graph.facts import MARKINGS


class Permission(enum.StrEnum):
    """An act that can be allowed."""

    READ_GRAPH = "READ_GRAPH"
    ASSERT_FACTS = "ASSERT_FACTS"
    ANNOTATE = "ANNOTATE"
    READ_FINDINGS = "READ_FINDINGS"
    TRIAGE_FINDINGS = "TRIAGE_FINDINGS"
    DECIDE_IDENTITY = "DECIDE_IDENTITY"
    EDIT_RULES = "EDIT_RULES"
    READ_SCANS = "READ_SCANS"
    RUN_SCANS = "RUN_SCANS"
    SET_SCOPE = "SET_SCOPE"
    RUN_INTRUSIVE_SCANS = "RUN_INTRUSIVE_SCANS"
    IMPORT_FILES = "IMPORT_FILES"
    READ_SERVICES = "READ_SERVICES"
    READ_ACCOUNT = "READ_ACCOUNT"
    EDIT_ACCOUNT = "EDIT_ACCOUNT"
    READ_MEMBERS = "READ_MEMBERS"
    EDIT_MEMBERS = "EDIT_MEMBERS"
    APPOINT_MEMBERS = "APPOINT_MEMBERS"
    EDIT_ORGANIZATION = "EDIT_ORGANIZATION"
    OWN_ORGANIZATION = "OWN_ORGANIZATION"
    HOLD_RECORDS = "HOLD_RECORDS"
    READ_AUDIT = "READ_AUDIT"
    READ_SECRETS = "READ_SECRETS"
    EDIT_SECRETS = "EDIT_SECRETS"
    READ_SCHEMA = "READ_SCHEMA"
    QUERY_CYPHER = "QUERY_CYPHER"
    MANAGE_PLATFORM = "MANAGE_PLATFORM"

    @property
    def summary(self) -> str:
        """What it allows, for people."""
        return SUMMARIES[self]


P = Permission

SUMMARIES: Mapping[Permission, str] = {
    P.READ_GRAPH: "Read entities, relationships, their history and reasons, as far as the clearance goes.",
    P.ASSERT_FACTS: "State facts by hand and withdraw them.",
    P.ANNOTATE: "Tag entities, write notes, and save queries.",
    P.READ_FINDINGS: "Read findings and what they rest on.",
    P.TRIAGE_FINDINGS: "Move findings on, give them to somebody, and set them aside.",
    P.DECIDE_IDENTITY: "Decide which entities are one, and take that back.",
    P.EDIT_RULES: "Write rules, try and keep them, and set those that came with Mirage.",
    P.READ_SCANS: "Read scans, runs and their progress.",
    P.RUN_SCANS: "Start, repeat, pause and cancel scans that are not intrusive.",
    P.SET_SCOPE: "Widen what a scan looks at or contacts beyond its seeds.",
    P.RUN_INTRUSIVE_SCANS: "Start scans that connect to ports or try what they find (class P3).",
    P.IMPORT_FILES: "Import files and withdraw imports.",
    P.READ_SERVICES: "Read which processes, collectors and rules there are.",
    P.READ_ACCOUNT: "Read one's own account, sessions and keys.",
    P.EDIT_ACCOUNT: "Change one's own account: password, second factor, keys, sessions.",
    P.READ_MEMBERS: "Read who belongs to the organization, with which role, and its teams.",
    P.EDIT_MEMBERS: "Invite, suspend and remove members, and set roles, clearances and teams.",
    P.APPOINT_MEMBERS: "Give others what a LEAD may do without having it oneself.",
    P.EDIT_ORGANIZATION: "Change the organization's name, roles and rules.",
    P.OWN_ORGANIZATION: "Hand the organization over, export it, delete it.",
    P.HOLD_RECORDS: "Set and lift legal holds, while one of which stands nothing is deleted.",
    P.READ_AUDIT: "Read, export and verify the record of what was done.",
    P.READ_SECRETS: "Read which secrets there are, never their values.",
    P.EDIT_SECRETS: "Set, replace and remove secrets.",
    P.READ_SCHEMA: "Read the schema by introspection, and use GraphiQL.",
    P.QUERY_CYPHER: "Ask in Cypher, where the platform allows it.",
    P.MANAGE_PLATFORM: "Operate the installation: organizations, users, keys of all.",
}


class Role(enum.StrEnum):
    """The roles that every organization has; it may make further ones of its own."""

    OWNER = "OWNER"
    ADMIN = "ADMIN"
    LEAD = "LEAD"
    ANALYST = "ANALYST"
    VIEWER = "VIEWER"
    INGEST = "INGEST"
    AUDITOR = "AUDITOR"


_SELF = frozenset({P.READ_ACCOUNT, P.EDIT_ACCOUNT, P.READ_SCHEMA})
_VIEWER = _SELF | {P.READ_GRAPH, P.READ_FINDINGS, P.READ_SCANS, P.READ_SERVICES, P.READ_MEMBERS}
_ANALYST = _VIEWER | {
    P.ASSERT_FACTS, P.ANNOTATE, P.TRIAGE_FINDINGS, P.DECIDE_IDENTITY, P.RUN_SCANS, P.IMPORT_FILES,
    P.READ_SECRETS,
}  # fmt: skip
_LEAD = _ANALYST | {
    P.SET_SCOPE, P.RUN_INTRUSIVE_SCANS, P.EDIT_SECRETS, P.EDIT_RULES, P.QUERY_CYPHER,
}  # fmt: skip
_ADMIN = _SELF | {
    P.READ_SERVICES, P.READ_MEMBERS, P.EDIT_MEMBERS, P.APPOINT_MEMBERS, P.EDIT_ORGANIZATION, P.HOLD_RECORDS,
    P.READ_AUDIT, P.READ_SECRETS, P.EDIT_SECRETS,
}  # fmt: skip

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(P) - {P.MANAGE_PLATFORM},
    Role.ADMIN: _ADMIN,
    Role.LEAD: _LEAD,
    Role.ANALYST: _ANALYST,
    Role.VIEWER: _VIEWER,
    Role.INGEST: frozenset({P.READ_ACCOUNT, P.IMPORT_FILES, P.ASSERT_FACTS}),
    Role.AUDITOR: _SELF | {P.READ_MEMBERS, P.READ_AUDIT, P.READ_SERVICES},
}

# What `APPOINT_MEMBERS` lets somebody give to others: to investigate, not to manage.
APPOINTABLE: frozenset[Permission] = _LEAD

# What a role of an organization's own can never hold.
RESERVED: frozenset[Permission] = frozenset({P.OWN_ORGANIZATION, P.MANAGE_PLATFORM})


@dataclass(frozen=True)
class Principal:
    """Who asks: a user, in an organization, by one credential. There is none without an organization.

    `permissions` are what the role grants, narrowed by the credential's own scopes. `clearance` is the strictest
    marking the caller may read. `credential` is the id of the key or session, by which it can be revoked; `session` is
    the same id where it is a session, else empty.
    """

    user: str
    email: str
    org: str
    org_name: str
    role: str
    credential: str
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    clearance: str = MARKINGS[-1]
    session: str = ""

    @cached_property
    def access_class(self) -> str:
        """Callers of one class get the same answer to the same question."""
        held = hashlib.sha256(",".join(sorted(self.permissions)).encode()).hexdigest()[:16]
        return f"{self.org}:{held}:{self.clearance}"

    @property
    def readable(self) -> list[str]:
        """The markings the caller may read, the open one (empty) among them."""
        return list(MARKINGS[: MARKINGS.index(self.clearance) + 1])

    def check_covers(self, earlier: Principal) -> None:
        """Raise NotPermitted unless the caller may still do and read all that `earlier` might."""
        is_lower = MARKINGS.index(self.clearance) < MARKINGS.index(earlier.clearance)
        if self.org != earlier.org or is_lower or earlier.permissions - self.permissions:
            raise NotPermitted("what you may do here has become less; connect again")

    def require(self, permission: Permission, what: str) -> None:
        """Raise NotPermitted, naming `what` was asked for, unless the caller may do it."""
        if permission not in self.permissions:
            raise NotPermitted(
                f"{what} needs the permission {permission}, which the role {self.role} does not have here"
            )

    def require_clearance(self, tlp: str, what: str) -> None:
        """Raise NotPermitted, naming `what`, where `tlp` is stricter than the caller may read."""
        if tlp not in self.readable:
            raise NotPermitted(f"{what}: {tlp} is above the clearance {self.clearance} here")

    def require_all_markings(self, what: str) -> None:
        """Raise NotPermitted, naming `what`, which looks at no markings, unless the caller may read all."""
        if self.clearance != MARKINGS[-1]:
            raise NotPermitted(
                f"{what} looks at no markings and needs the clearance {MARKINGS[-1]}"
            )


def granted(
    role: str,
    own: Iterable[str] | None,
    scopes: Iterable[str] | None,
    *,
    is_platform_admin: bool = False,
) -> frozenset[Permission]:
    """What somebody may do: the role's permissions (`own` are those of an organization's own role), within `scopes`.

    Names that this version does not know count as nothing, so that a role made by a later one opens nothing here.
    """
    known = {each.value: each for each in Permission}
    if own is not None:
        held = frozenset(known[name] for name in own if name in known) - RESERVED
    else:
        held = GRANTS[Role(role)] if role in Role.__members__ else frozenset()
    if is_platform_admin:
        held |= {P.MANAGE_PLATFORM}
    if scopes is not None:
        held &= frozenset(known[name] for name in scopes if name in known)
    return held


def lowest(*clearances: str | None) -> str:
    """The least of several clearances, those that are not set aside."""
    return min((each for each in clearances if each is not None), key=MARKINGS.index)
