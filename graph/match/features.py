"""The features that scorers list: each compares one thing of two profiles, and gives nothing where a side lacks it."""

from __future__ import annotations

from graph.match.comparing import Comparison, Veto, best
from graph.match.dates import agree, compare_dates, exclude
from graph.match.handles import compare_handles, compare_mailbox
from graph.match.identifiers import (
    compare_emails,
    compare_exactly,
    compare_numbers,
    is_role,
    number_veto,
)
from graph.match.names import compare_first_words, compare_legal_forms, compare_names
from graph.match.people import compare_people
from graph.match.places import compare_addresses, house_number_veto
from graph.match.products import (
    compare_products,
    compare_threats,
    compare_vendors,
    part_veto,
)
from graph.match.profile import Profile


def number(left: Profile, right: Profile) -> Comparison | None:
    """An identifier that a registry gave out."""
    return compare_numbers(left.numbers, right.numbers)


def body_name(left: Profile, right: Profile) -> Comparison | None:
    """The most alike names of two bodies, without legal forms."""
    return best(left.body_names, right.body_names, compare_names)


def first_word(left: Profile, right: Profile) -> Comparison | None:
    """The first word that tells something, of the first names."""
    if not left.body_names or not right.body_names:
        return None
    return compare_first_words(left.body_names[0], right.body_names[0])


def legal_form(left: Profile, right: Profile) -> Comparison | None:
    """The legal form of the first names."""
    if not left.body_names or not right.body_names:
        return None
    return compare_legal_forms(left.body_names[0], right.body_names[0])


def person_name(left: Profile, right: Profile) -> Comparison | None:
    """The most alike names of two people."""
    return best(left.person_names, right.person_names, compare_people)


def country(left: Profile, right: Profile) -> Comparison | None:
    """A country in common."""
    return compare_exactly(left.all_countries, right.all_countries, "country")


def date(left: Profile, right: Profile) -> Comparison | None:
    """The date of birth or founding, as far as both know it."""
    return best(left.born, right.born, compare_dates)


def email(left: Profile, right: Profile) -> Comparison | None:
    """A mail address in common, as its provider delivers it."""
    return compare_emails(left.emails, right.emails)


def phone(left: Profile, right: Profile) -> Comparison | None:
    """A telephone number in common."""
    return compare_exactly(left.phones, right.phones, "telephone number")


def site(left: Profile, right: Profile) -> Comparison | None:
    """A registrable domain in common that is not everybody's: of websites and mail addresses."""
    return compare_exactly(left.own_sites, right.own_sites, "registrable domain")


def address(left: Profile, right: Profile) -> Comparison | None:
    """The most alike postal addresses."""
    return best(left.addresses, right.addresses, compare_addresses)


def postal_code(left: Profile, right: Profile) -> Comparison | None:
    """A postal code in common."""
    one, other = (
        [place.postal_code for place in each.addresses if place.postal_code]
        for each in (left, right)
    )
    return compare_exactly(one, other, "postal code")


def organization(left: Profile, right: Profile) -> Comparison | None:
    """An employer, directorship or membership in common."""
    return compare_exactly(left.organizations, right.organizations, "organization")


def handle(left: Profile, right: Profile) -> Comparison | None:
    """The most alike handles; rare ones tell more."""
    return best(left.handles, right.handles, compare_handles)


def picture(left: Profile, right: Profile) -> Comparison | None:
    """A picture in common, by its hash."""
    return compare_exactly(left.pictures, right.pictures, "picture")


def proof(left: Profile, right: Profile) -> Comparison | None:
    """A proof that one names the other: a link both ways, a signed statement."""
    ids = {left.id, right.id}
    if ids.intersection(left.proofs) or ids.intersection(right.proofs):
        return Comparison(1.0, left.id, right.id, "one proves to be the other")
    return None


def mailbox(left: Profile, right: Profile) -> Comparison | None:
    """Whether a mailbox is named after the person."""
    if right.kind == "EmailAddress":
        left, right = right, left
    if not left.emails or not right.person_names:
        return None
    found = (compare_mailbox(mail, name) for mail in left.emails for name in right.person_names)
    return max(found, key=lambda each: each.similarity)


def named_together(left: Profile, right: Profile) -> Comparison | None:
    """A document, an account or a contact record that names both."""
    shared = len({*left.named_in} & {*right.named_in})
    if not shared:
        return None  # that two stand nowhere together yet says nothing
    one, other = (f"named in {len(each.named_in)}" for each in (left, right))
    return Comparison(1.0, one, other, f"{shared} name both")


def product_name(left: Profile, right: Profile) -> Comparison | None:
    """The most alike names of two products."""
    return best(left.product_names, right.product_names, compare_products)


def vendor(left: Profile, right: Profile) -> Comparison | None:
    """The vendor, where both know it."""
    if not left.product_names or not right.product_names:
        return None
    return compare_vendors(left.product_names[0], right.product_names[0])


def threat_name(left: Profile, right: Profile) -> Comparison | None:
    """The most alike names and aliases of two actors or families of malware."""
    return best(left.names, right.names, compare_threats)


def techniques(left: Profile, right: Profile) -> Comparison | None:
    """The techniques that both are said to use, of all that either is (Jaccard)."""
    one, other = set(left.techniques), set(right.techniques)
    if not one or not other:
        return None
    shared = len(one & other)
    counts = (f"{len(one)} techniques", f"{len(other)} techniques")
    return Comparison(shared / len(one | other), *counts, f"{shared} in common")


def another_number(left: Profile, right: Profile) -> Veto | None:
    """Two numbers of a register that gives each one."""
    return number_veto(left.numbers, right.numbers)


def another_date(left: Profile, right: Profile) -> Veto | None:
    """Two dates of birth, both known to the day."""
    pairs = [(one, other) for one in left.born for other in right.born]
    if not any(exclude(*pair) for pair in pairs) or any(agree(*pair) for pair in pairs):
        return None
    one, other = min(pair for pair in pairs if exclude(*pair))
    return Veto("date of birth", str(one), str(other), "two days of birth are two people")


def ended_before(left: Profile, right: Profile) -> Veto | None:
    """One body was dissolved before the other was founded."""
    for one, other, is_turned in ((left, right, False), (right, left, True)):
        if one.ends and other.born and max(one.ends) < min(other.born):
            ended, began = f"ended {max(one.ends)}", f"began {min(other.born)}"
            sides = (began, ended) if is_turned else (ended, began)
            return Veto("dates", *sides, "one ended before the other began")
    return None


def another_house(left: Profile, right: Profile) -> Veto | None:
    """Two addresses with different house numbers."""
    found = [house_number_veto(one, other) for one in left.addresses for other in right.addresses]
    return None if None in found or not found else found[0]


def another_country(left: Profile, right: Profile) -> Veto | None:
    """Two addresses in different countries."""
    found = country(left, right)
    if found is None or found.similarity:
        return None
    return Veto("country", found.left, found.right, "one place lies in one country")


def another_part(left: Profile, right: Profile) -> Veto | None:
    """An application, an operating system and a device."""
    if not left.product_names or not right.product_names:
        return None
    return part_veto(left.product_names[0], right.product_names[0])


def disproof(left: Profile, right: Profile) -> Veto | None:
    """One says that it is not the other."""
    if {left.id, right.id}.intersection((*left.disproofs, *right.disproofs)):
        return Veto("disproof", left.id, right.id, "one says that it is not the other")
    return None


def role_mailbox(left: Profile, right: Profile) -> Veto | None:
    """A mailbox of a function leads to no person."""
    for each in (left, right):
        if each.kind == "EmailAddress" and any(map(is_role, each.emails)):
            shown = (
                (left.emails or left.names or ("",))[0],
                (right.emails or right.names or ("",))[0],
            )
            return Veto("mailbox", *shown, "a role mailbox is read by whoever has the role")
    return None
