"""From an identity at a provider to a user here: found, linked, made; and the memberships that the provider manages."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from graph.queries import auth_identity as queries
from graph.store import Store
from server.auth.events import Record, event
from server.auth.oidc.claims import Person, fitting_rules, is_trusted
from server.auth.oidc.providers import Provider, RoleRule
from server.auth.oidc.refusals import OidcRefused
from server.auth.sessions import Client

log = structlog.get_logger(__name__)


class FederatedAccounts:
    """Finds, links and makes the accounts of people who come by a provider."""

    def __init__(
        self,
        store: Store,
        record: Record,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._record = record
        self._clock = clock

    async def user_of(
        self, person: Person, provider: Provider, client: Client
    ) -> queries.IdentityRow:
        """The user that an identity belongs to, with the memberships as the provider has them now.

        Raises OidcRefused where nobody may be found, linked or made, and where the user is suspended.
        """
        found = await self._get(person)
        if found is None:
            user = await self._link(person, provider) or await self._make(person, provider)
            told = event("IDENTITY_LINKED", user, client, method=provider.method)
            await self._record.happened(told)
            found = await self._get(person)
        if found is None or found.is_suspended:
            whose = found.user if found else None
            raise OidcRefused("SUSPENDED", "the account may not sign in", whose)
        await self._renew_memberships(found.user, person, provider, client)
        return found

    async def _get(self, person: Person) -> queries.IdentityRow | None:
        asked = queries.IdentityParams(issuer=person.issuer, subject=person.subject)
        return await self._store.fetch_one(queries.GET_IDENTITY.bind(asked))

    async def _link(self, person: Person, provider: Provider) -> str | None:
        """An account that somebody has already, by an address for which the provider's word counts."""
        if not is_trusted(person.email, provider):
            raise OidcRefused(
                "EMAIL",
                f"nobody here is known by this identity, and {provider.title} did not vouch for an e-mail address "
                "that would tell who you are; ask whoever runs Mirage",
            )
        asked = queries.LinkIdentityParams(
            email=person.email, issuer=person.issuer, subject=person.subject, now=self._clock()
        )
        linked = await self._store.fetch_one(queries.LINK_IDENTITY.bind(asked))
        return linked.user if linked else None

    async def _make(self, person: Person, provider: Provider) -> str:
        """A new account, where the provider may make them and gives its owner something to do here."""
        if not provider.auto_provision:
            raise OidcRefused("NO_ACCOUNT", "there is no account for you here; ask for one")
        if not await self._wanted(fitting_rules(person, provider)):
            raise _no_role(provider)
        made = await self._store.fetch_one(
            queries.UPSERT_FEDERATED_USER.bind(
                queries.FederatedUserParams(
                    id=str(uuid.uuid4()),
                    email=person.email,
                    name=person.name or None,
                    issuer=person.issuer,
                    subject=person.subject,
                    now=self._clock(),
                )
            )
        )
        # A second first sign-in at the same moment finds what the other one made.
        found = made or await self._get(person)
        if found is None:
            raise OidcRefused("EMAIL_TAKEN", "somebody else has your e-mail address here")
        return found.user

    async def _renew_memberships(
        self, user: str, person: Person, provider: Provider, client: Client
    ) -> None:
        wanted = await self._wanted(fitting_rules(person, provider))
        asked = queries.ManagedParams(
            user=user, issuer=provider.issuer, wanted=wanted, now=self._clock()
        )
        for row in await self._store.fetch(queries.RENEW_MANAGED_MEMBERSHIPS.bind(asked)):
            given = {"change": row.change, "role": row.role, "clearance": row.clearance}
            more = {"org": row.org, "method": provider.method, "details": given}
            await self._record.happened(event("MEMBERSHIP_RENEWED", user, client, **more))

    async def _wanted(self, rules: Sequence[RoleRule]) -> list[dict[str, str]]:
        """What the rules give, by the ids of their organizations; the first rule for each decides."""
        asked = queries.NamesParams(names=[rule.organization for rule in rules])
        meant: dict[str, list[str]] = defaultdict(list)
        for row in await self._store.fetch(queries.LIST_NAMED_ORGANIZATIONS.bind(asked)):
            meant[row.named].append(row.org)
        wanted: dict[str, dict[str, str]] = {}
        for rule in rules:
            orgs = meant[rule.organization]
            if len(orgs) != 1:
                log.error(
                    "a rule of a sign-in provider names no organization, or several",
                    organization=rule.organization,
                    found=len(orgs),
                )
                continue
            given = {"role": rule.role, "clearance": rule.clearance}
            wanted.setdefault(orgs[0], {"id": str(uuid.uuid4()), "org": orgs[0], **given})
        return list(wanted.values())


def _no_role(provider: Provider) -> OidcRefused:
    return OidcRefused(
        "NO_ROLE",
        f"{provider.title} knows you, but nothing it says of you gives you a role here; ask whoever runs Mirage",
    )


def check_choices(choices: Sequence[object], provider: Provider, user: str) -> None:
    """Refuse a user who may enter no organization. Raises OidcRefused."""
    if not choices:
        refusal = _no_role(provider)
        refusal.user = user
        raise refusal
