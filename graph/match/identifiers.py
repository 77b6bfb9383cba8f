"""Numbers that registries give out, and ways to reach somebody: equal or different, and what either tells.

Values are those of the model, in canonical form. What very many share (a provider's domain, a role mailbox) is no
evidence; who asks says what these are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from graph.match.comparing import Comparison, Veto
from graph.model.values.contact import ROLE_MAILBOXES, provider_form
from graph.model.values.domain import registration_of

# Schemes of which a body or person has one value at most, per country where the register is a country's.
_ONE_EACH = frozenset(
    {"lei", "imo", "duns", "wikidata", "isni", "orcid", "passport", "national-id", "reg"}
)
# Where everybody may have a mailbox or a page, so that sharing the domain tells nothing.
_EVERYBODYS = frozenset(
    [
        "aol.com", "blogspot.com", "facebook.com", "fastmail.com", "github.io", "gmail.com", "gmx.de", "gmx.net",
        "googlemail.com", "hotmail.com", "icloud.com", "instagram.com", "linkedin.com", "live.com", "mail.com",
        "mail.ru", "me.com", "medium.com", "msn.com", "outlook.com", "pm.me", "proton.me", "protonmail.com", "qq.com",
        "t.me", "twitter.com", "web.de", "wikipedia.org", "wordpress.com", "x.com", "yahoo.co.uk", "yahoo.com",
        "yahoo.de", "yandex.ru", "ymail.com", "youtube.com", "163.com", "126.com",
    ]
)  # fmt: skip


class Number(NamedTuple):
    """An identifier in canonical form; `country` is the register's (ISO 3166-1 or -2), empty for the world's."""

    scheme: str
    value: str
    country: str = ""

    def __str__(self) -> str:
        return f"{self.scheme.upper()} {self.value}{f' ({self.country})' if self.country else ''}"


def compare_numbers(lefts: Collection[Number], rights: Collection[Number]) -> Comparison | None:
    """1 where an identifier is shared, 0 where both have one of the same scheme and none is shared; else None."""
    if not lefts or not rights:
        return None
    shared = sorted(number for number in lefts if number in rights)
    if shared:
        shown = str(shared[0])
        return Comparison(1.0, shown, shown, "the same identifier")
    for left in sorted(lefts) if len(lefts) > 1 else lefts:
        for right in sorted(rights) if len(rights) > 1 else rights:
            if _same_register(left, right):
                return Comparison(
                    0.0, str(left), str(right), "different identifiers of one register"
                )
    return None


def number_veto(lefts: Collection[Number], rights: Collection[Number]) -> Veto | None:
    """That two are two, since a register that gives each one number gave them different ones."""
    if not lefts or not rights:
        return None
    for left in sorted(set(lefts)) if len(lefts) > 1 else lefts:
        if left.scheme in _ONE_EACH and left not in rights:
            here = sum(_same_register(left, other) for other in set(lefts))
            there = [other for other in set(rights) if _same_register(left, other)]
            # Whoever has two numbers of a register already (a merger, a mistake) is told apart by none of them.
            if here == len(there) == 1:
                reason = "one register gives each a number of its own"
                return Veto(left.scheme, str(left), str(there[0]), reason)
    return None


def compare_emails(lefts: Collection[str], rights: Collection[str]) -> Comparison | None:
    """1 for a shared personal address, as the provider delivers it; None where one side has none.

    Role mailboxes (info@, sales@) count half: they lead to a body, not to a person.
    """
    one, other = ({provider_form(each): each for each in side} for side in (lefts, rights))
    if not one or not other:
        return None
    shared = sorted(one.keys() & other.keys(), key=lambda form: (is_role(form), form))
    if not shared:
        return Comparison(0.0, min(one.values()), min(other.values()), "different mail addresses")
    form = shared[0]
    if is_role(form):
        return Comparison(0.5, one[form], other[form], "the same role mailbox")
    reason = (
        "the same mail address" if one[form] == other[form] else "one mailbox, written differently"
    )
    return Comparison(1.0, one[form], other[form], reason)


def compare_exactly(
    lefts: Collection[str], rights: Collection[str], what: str
) -> Comparison | None:
    """1 where a value is shared, 0 where none is; None where one side has none. `what` names the kind of value."""
    if not lefts or not rights:
        return None
    shared = [value for value in lefts if value in rights]
    if shared:
        return Comparison(1.0, min(shared), min(shared), f"the same {what}")
    return Comparison(0.0, min(lefts), min(rights), f"no {what} in common")


def compare_sites(lefts: Collection[str], rights: Collection[str]) -> Comparison | None:
    """1 where a registrable domain is shared that is not everybody's; None where one side has none of its own."""
    one, other = own_sites(lefts), own_sites(rights)
    return compare_exactly(one, other, "registrable domain")


def own_sites(names: Collection[str]) -> frozenset[str]:
    """The registrable domains of canonical names, without those where everybody may have a page or a mailbox."""
    found = {registration_of(name).registrable for name in names}
    return frozenset(found - _EVERYBODYS - {""})


def is_role(email: str) -> bool:
    """Whether a canonical address is a function's (info@, abuse@), not a person's."""
    return email.partition("@")[0] in ROLE_MAILBOXES


def _same_register(left: Number, right: Number) -> bool:
    return left.scheme == right.scheme and left.country == right.country
