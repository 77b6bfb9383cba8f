"""Organizations: who belongs to them, their teams, roles and invitations."""

from __future__ import annotations

from datetime import datetime

from graph.queries.account import IdRow, OrgRow, TotalRow
from graph.queries.catalog import Params, Query, Row
from graph.queries.job import StatesParams


class NoParams(Params):
    """Nothing."""


class OrgParams(Params):
    """An organization."""

    org: str


class BeforeParams(Params):
    """What happened before a moment."""

    before: datetime


class OrganizationPageParams(Params):
    """A page of organizations, by id."""

    behind: str
    limit: int


class UpsertOrganizationParams(Params):
    """An organization to be made, with its owner."""

    org: str
    name: str
    user: str
    membership: str
    now: datetime


class OrganizationStateParams(Params):
    """How an organization is from now on."""

    org: str
    name: str
    suspended_at: datetime | None
    deleted_at: datetime | None
    purging_at: datetime | None


class OneParams(OrgParams):
    """Something of an organization, by its id."""

    id: str


class KeyedParams(OrgParams):
    """Something of an organization, by its id or by what it is called."""

    key: str


class ByUserParams(OrgParams):
    """A user's membership."""

    user: str


class OfTeamParams(OrgParams):
    """Members, of one team or (None) of all."""

    team: str | None


class MemberPageParams(OfTeamParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class MemberStateParams(OneParams):
    """How a member is from now on."""

    role: str
    clearance: str
    suspended_at: datetime | None


class MembershipParams(OneParams):
    """A membership to be made."""

    user: str
    role: str
    clearance: str
    now: datetime


class EndParams(OneParams):
    """Something that ends now."""

    now: datetime


class MemberTeamsParams(OneParams):
    """The teams that a member is on from now on."""

    teams: list[str]


class OfUserParams(Params):
    """What a user belongs to."""

    user: str


class MembershipPageParams(OfUserParams):
    """A page of it, by the organizations' names."""

    behind: str | None
    behind_id: str
    limit: int


class NamedPageParams(OrgParams):
    """A page of something by its name."""

    behind: str
    limit: int


class IdsParams(OrgParams):
    """Several things by their ids."""

    ids: list[str]


class TeamParams(OneParams):
    """A team, and who joins and leaves it."""

    name: str
    add: list[str]
    remove: list[str]
    now: datetime


class RoleParams(OneParams):
    """A role and what it allows."""

    name: str
    permissions: list[str]
    now: datetime


class InvitationPageParams(OrgParams):
    """A page of invitations."""

    behind: datetime | None
    behind_id: str
    limit: int


class TokenParams(Params):
    """A token by its hash, as of now."""

    hash: str
    now: datetime


class AcceptedParams(Params):
    """A token by its hash, and whom it was for."""

    hash: str
    email: str


class UpsertInvitationParams(OneParams):
    """An invitation to be sent."""

    email: str
    role: str
    clearance: str
    teams: list[str]
    hash: str
    invited_by: str
    now: datetime
    expires_at: datetime


class CloseInvitationParams(EndParams):
    """How an invitation ends."""

    is_accepted: bool


class LockedRow(Row):
    """An organization whose lock is held."""

    id: str
    name: str
    created_at: datetime
    suspended_at: datetime | None
    deleted_at: datetime | None
    purging_at: datetime | None


class OrganizationRow(LockedRow):
    """An organization, its owner's address and how many belong to it."""

    owner: str | None
    members: int


class DeletedRow(Row):
    """An organization that was deleted."""

    id: str
    name: str
    deleted_at: datetime


class StrayRunRow(Row):
    """An open run of an organization that nobody may enter."""

    id: str
    org: str


class MemberRow(Row):
    """Who belongs to an organization. `own` are the permissions of a role of its own; `teams` are ids."""

    id: str
    org: str
    user: str
    email: str
    name: str | None
    role: str
    own: list[str] | None
    clearance: str
    created_at: datetime
    suspended_at: datetime | None
    is_user_suspended: bool
    is_platform_admin: bool
    teams: list[str]


class LeftRow(Row):
    """How many keys ended with a membership."""

    keys: int


class MembershipRow(Row):
    """An organization that a user belongs to."""

    id: str
    org: str
    org_name: str
    role: str
    clearance: str
    created_at: datetime


class TeamRow(Row):
    """A team."""

    id: str
    name: str
    created_at: datetime


class RoleRow(Row):
    """A role of an organization's own; `uses` counts members and open invitations."""

    id: str
    name: str
    permissions: list[str]
    created_at: datetime
    uses: int


class InvitationRow(Row):
    """An open invitation."""

    id: str
    org: str
    org_name: str
    email: str
    role: str
    clearance: str
    teams: list[str]
    invited_by: str
    created_at: datetime
    sent_at: datetime
    expires_at: datetime


LOCK_ORGANIZATION = Query("account/lock_organization", OrgParams, LockedRow)
GET_ORGANIZATION = Query("account/get_organization", OrgParams, OrganizationRow)
LIST_ORGANIZATIONS = Query("account/list_organizations", OrganizationPageParams, OrganizationRow)
COUNT_ORGANIZATIONS = Query("account/count_organizations", NoParams, TotalRow)
UPSERT_ORGANIZATION = Query("account/upsert_organization", UpsertOrganizationParams, IdRow)
UPSERT_ORGANIZATION_STATE = Query(
    "account/upsert_organization_state", OrganizationStateParams, IdRow
)
FIND_DELETED = Query("account/find_deleted_organizations", BeforeParams, DeletedRow)
FIND_STRAY_RUNS = Query("account/find_stray_runs", StatesParams, StrayRunRow)

GET_MEMBER = Query("account/get_member", OneParams, MemberRow)
GET_MEMBERSHIP = Query("account/get_membership", ByUserParams, MemberRow)
FIND_MEMBERS = Query("account/find_members", IdsParams, IdRow)
FIND_MEMBER_BY_EMAIL = Query("account/find_member_by_email", KeyedParams, IdRow)
LIST_MEMBERS = Query("account/list_members", MemberPageParams, MemberRow)
COUNT_MEMBERS = Query("account/count_members", OfTeamParams, TotalRow)
UPSERT_MEMBER = Query("account/upsert_member", MemberStateParams, IdRow)
UPSERT_MEMBERSHIP = Query("account/upsert_membership", MembershipParams, IdRow)
DELETE_MEMBER = Query("account/delete_member", EndParams, LeftRow)
LINK_MEMBER_TEAMS = Query("account/link_member_teams", MemberTeamsParams, IdRow)
LIST_MEMBERSHIPS = Query("account/list_memberships", MembershipPageParams, MembershipRow)
COUNT_MEMBERSHIPS = Query("account/count_memberships", OfUserParams, TotalRow)

LIST_TEAMS = Query("account/list_teams", NamedPageParams, TeamRow)
GET_TEAM = Query("account/get_team", KeyedParams, TeamRow)
FIND_TEAMS = Query("account/find_teams", IdsParams, TeamRow)
COUNT_TEAMS = Query("account/count_teams", OrgParams, TotalRow)
UPSERT_TEAM = Query("account/upsert_team", TeamParams, TeamRow)
DELETE_TEAM = Query("account/delete_team", OneParams, IdRow)

LIST_ROLES = Query("account/list_roles", NamedPageParams, RoleRow)
GET_ROLE = Query("account/get_role", KeyedParams, RoleRow)
COUNT_ROLES = Query("account/count_roles", OrgParams, TotalRow)
UPSERT_ROLE = Query("account/upsert_role", RoleParams, IdRow)
DELETE_ROLE = Query("account/delete_role", OneParams, IdRow)

LIST_INVITATIONS = Query("account/list_invitations", InvitationPageParams, InvitationRow)
GET_INVITATION = Query("account/get_invitation", KeyedParams, InvitationRow)
FIND_ACCEPTED = Query("account/find_accepted", AcceptedParams, OrgRow)
FIND_INVITATION = Query("account/find_invitation", TokenParams, InvitationRow)
COUNT_INVITATIONS = Query("account/count_invitations", OrgParams, TotalRow)
UPSERT_INVITATION = Query("account/upsert_invitation", UpsertInvitationParams, IdRow)
CLOSE_INVITATION = Query("account/close_invitation", CloseInvitationParams, IdRow)
