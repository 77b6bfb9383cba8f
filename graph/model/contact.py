"""The contact family: mail addresses, telephone numbers, accounts and their handles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Self

from graph.errors import Refused
from graph.model.base import Entity, Relationship, Standard, prop
from graph.model.network import DomainName
from graph.model.values.contact import (
    EMAIL,
    HANDLE,
    PHONE,
    ROLE_MAILBOXES,
    USERNAME,
    phone_facts,
    provider_form,
)
from graph.model.values.slug import PLATFORM
from graph.model.values.text import KEY_SEPARATOR, Key, Line, Moment, Text


class EmailAddress(Entity):
    """A mailbox that mail can be sent to."""

    plural: ClassVar[str] = "emailAddresses"
    standard: ClassVar[Standard] = Standard(
        stix="email-addr", oam="EmailAddress", ftm="email", ecs="email.from.address"
    )
    seed_form: ClassVar[str] = r"(?:mailto:)?[^@\s/]+@[^@\s/]+"
    seed_hint: ClassVar[str] = "an email address"

    address: Annotated[str, EMAIL] = prop(
        "Mailbox and domain, without case.",
        key=True,
        searched=True,
        example="jane.doe+news@gmail.com",
    )
    canonical: str | None = prop(
        "The address with what its provider ignores left out (dots, tags): for comparing.",
        derived=True,
        indexed=True,
        example="janedoe@gmail.com",
    )
    domain: str | None = prop("The domain.", derived=True, indexed=True, example="gmail.com")
    is_role_mailbox: bool | None = prop(
        "Whether the mailbox is named for a function (info, postmaster) rather than a person.",
        derived=True,
        example=False,
    )
    display_name: Line | None = prop(
        "The name given with the address.", searched=True, example="Jane Doe"
    )

    def derive(self) -> Mapping[str, object]:
        """What the address tells of itself."""
        local, _, domain = self.address.rpartition("@")
        return {
            "canonical": provider_form(self.address),
            "domain": domain,
            "is_role_mailbox": local in ROLE_MAILBOXES,
        }

    def implies(self) -> Iterator[Entity | Relationship]:
        """Its mailbox is at its domain."""
        yield MailboxAt(source=self, target=DomainName(name=self.domain))


class PhoneNumber(Entity):
    """A telephone number in international form."""

    plural: ClassVar[str] = "phoneNumbers"
    standard: ClassVar[Standard] = Standard(oam="Phone", ftm="phone")
    seed_form: ClassVar[str] = r"(?:tel:)?\+[0-9 ()./-]+"
    seed_hint: ClassVar[str] = "a telephone number with + and its country's code"

    number: Annotated[str, PHONE] = prop(
        "The number with + and the country's code (E.164).",
        key=True,
        searched=True,
        example="+442079460018",
    )
    country: str | None = prop(
        "The country of the number (ISO 3166-1).", derived=True, example="GB"
    )
    line: str | None = prop(
        "The kind of line its numbering plan gives the number to.",
        derived=True,
        example="fixed_line",
    )

    def derive(self) -> Mapping[str, object]:
        """What the number tells of itself."""
        found = phone_facts(self.number)
        return {"country": found.country or None, "line": found.line}


class Username(Entity):
    """A handle as such, on whatever platform somebody uses it."""

    plural: ClassVar[str] = "usernames"
    standard: ClassVar[Standard] = Standard(ecs="user.name")
    seed_form: ClassVar[str] = r"@[^@\s]+"
    seed_hint: ClassVar[str] = "a handle (@jane)"

    handle: Annotated[str, USERNAME] = prop(
        "The handle without case and @.", key=True, searched=True, example="janedoe"
    )


class UserAccount(Entity):
    """An account on one platform, known by the platform's id for it, else by its handle."""

    plural: ClassVar[str] = "userAccounts"
    standard: ClassVar[Standard] = Standard(
        stix="user-account", oam="Account", ftm="UserAccount", ecs="user.id"
    )

    platform: Annotated[str, PLATFORM] = prop(
        "The platform; part of the key.", key=True, indexed=True, example="github"
    )
    account_id: Key | None = prop(
        "The platform's own, lasting id; part of the key where given.", example="583231"
    )
    handle: Annotated[str, HANDLE] | None = prop(
        "The handle, which its owner may change; part of the key where there is no id.",
        searched=True,
        indexed=True,
        example="janedoe",
    )
    display_name: Line | None = prop("The name it shows.", searched=True, example="Jane Doe")
    profile_url: Line | None = prop("Where its profile is.", example="https://social.example/@jane")
    profile_text: Text | None = prop(
        "What it says of itself.", searched=True, example="Builds telescopes."
    )
    created_at: Moment | None = prop("When it was made.", example="2019-05-01T08:00:00Z")
    is_verified: bool | None = prop("Whether the platform vouches for it.", example=False)

    def make_key(self) -> str:
        """`platform¦id:…` where the platform's id is known, else `platform¦handle`."""
        own = f"id:{self.account_id}" if self.account_id else self.handle
        if not own:
            raise Refused(
                "an account", self.display_name, "the platform's id or a handle is needed"
            )
        return f"{self.platform}{KEY_SEPARATOR}{own}"

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The account that a key names."""
        platform, _, own = key.partition(KEY_SEPARATOR)
        if own.startswith("id:"):
            return cls(platform=platform, account_id=own.removeprefix("id:"))
        return cls(platform=platform, handle=own)

    def caption(self) -> str:
        """The handle, else the id, and the platform."""
        return f"{self.handle or self.account_id} ({self.platform})"

    def implies(self) -> Iterator[Entity | Relationship]:
        """It uses its handle, where the handle is its key."""
        if self.handle and not self.account_id:
            yield UsesHandle(source=self, target=Username(handle=self.handle))


class MailboxAt(Relationship):
    """A mailbox is at this domain."""

    type: ClassVar[str] = "MAILBOX_AT"
    forward: ClassVar[str] = "mailboxAt"
    backward: ClassVar[str] = "mailboxes"
    standard: ClassVar[Standard] = Standard(stix="belongs-to")

    source: EmailAddress
    target: DomainName


class UsesHandle(Relationship):
    """An account goes by this handle."""

    type: ClassVar[str] = "USES_HANDLE"
    forward: ClassVar[str] = "usesHandle"
    backward: ClassVar[str] = "usedByAccounts"

    source: UserAccount
    target: Username


class RegisteredWith(Relationship):
    """An account was made, or is recovered, with this address or number."""

    type: ClassVar[str] = "REGISTERED_WITH"
    forward: ClassVar[str] = "registeredWith"
    backward: ClassVar[str] = "registeredAccounts"

    source: UserAccount
    target: EmailAddress | PhoneNumber
