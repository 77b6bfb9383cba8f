"""Blocking keys: short texts that two entities share where they may be one, so that a new one meets only its blocks.

An entity has few keys. Most are exact (an identifier, a mailbox), some rough (how a name sounds). A key that very many
have is a hub: whoever looks partners up leaves it out (`HUB`), and finds them by the sharper keys beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from graph.match.handles import folded_handle, mailbox_patterns
from graph.match.identifiers import is_role
from graph.match.names import body_name, initials, weight
from graph.match.people import family_sounds
from graph.match.products import threat_core, threat_form
from graph.match.profile import Profile
from graph.match.words import sound, spelling
from graph.model.values.contact import provider_form

HUB = 200
"""How many entities may share a key: those of a larger block are not compared for its sake."""
MOST_KEYS = 24
"""How many keys an entity has at most; the sharper ones come first."""
_LONGEST = 64
_USUAL_WEIGHT = 1.0


def blocking_keys(profile: Profile) -> tuple[str, ...]:
    """The keys of an entity, the sharper first, each once."""
    make = _MAKERS.get(profile.kind, _threat)
    found = (*_exact(profile), *make(profile), *_place(profile))
    keys = dict.fromkeys(key[:_LONGEST] for key in found)
    return tuple(keys)[:MOST_KEYS]


class Blocks:
    """Entities by key, in memory: for benchmarks and tests. The database does the same with an index."""

    def __init__(self, hub: int = HUB) -> None:
        self._hub = hub
        self._members: dict[str, list[str]] = defaultdict(list)

    def add(self, profile: Profile) -> None:
        """Put an entity into its blocks."""
        for key in blocking_keys(profile):
            self._members[key].append(profile.id)

    def candidates(self, profile: Profile, most: int = 20) -> list[str]:
        """The ids of those to compare with: the more and the smaller blocks they share, the earlier. Never its own."""
        shared: dict[str, float] = defaultdict(float)
        for key in blocking_keys(profile):
            members = self._members.get(key, ())
            if len(members) <= self._hub:
                for each in members:
                    shared[each] += 1 / len(members)
        shared.pop(profile.id, None)
        return sorted(shared, key=lambda each: (-shared[each], each))[:most]


def _exact(profile: Profile) -> Iterator[str]:
    """What is shared exactly: identifiers, mailboxes, telephones, own domains, pictures."""
    yield from (f"n:{n.scheme}:{n.country}:{n.value}" for n in sorted(profile.numbers))
    yield from (f"m:{provider_form(m)}" for m in profile.emails if not is_role(m))
    yield from (f"p:{phone}" for phone in profile.phones)
    yield from (f"s:{site}" for site in sorted(profile.own_sites))
    yield from (f"i:{picture}" for picture in profile.pictures)


def _body(profile: Profile) -> Iterator[str]:
    """Pairs of telling words, each telling word, and the initials, as they sound."""
    for name in profile.names[:4]:
        found = body_name(name, profile.country)
        told = [w for w in found.words if weight(w) >= _USUAL_WEIGHT] or list(found.words)
        sounds = _once(sound(word) for word in told[:4])
        yield f"w:{''.join(map(spelling, found.words))}"
        yield from (f"b:{'+'.join(sorted(pair))}" for pair in combinations(sounds, 2))
        yield from (f"b:{each}" for each in sounds)
        if len(found.words) >= 3:
            yield f"a:{initials(found)}"
        elif len(found.words) == 1:
            yield f"a:{found.words[0]}"


def _person(profile: Profile) -> Iterator[str]:
    """Sounds of two parts of a name, and of each part with the year or the day and month of birth; mailboxes' names."""
    for name in profile.person_names[:3]:
        sounds = _once(sound(w) for w in name.words if len(w) > 1)
        yield from (f"w:{'+'.join(sorted(pair))}" for pair in combinations(sounds[:4], 2))
        for date in profile.born[:2]:
            yield from (f"y:{each}:{date.year}" for each in sounds[:3])
            if date.is_full:
                yield from (f"y:{each}:{date.month:02}-{date.day:02}" for each in sounds[:3])
        yield from (f"g:{family}:{name.words[0][:1]}" for family in sorted(family_sounds(name)))
    yield from (f"d:{date}" for date in profile.born if date.is_full)
    yield from (f"l:{_letters(email)}" for email in profile.emails if not is_role(email))
    for name in profile.person_names[:1]:
        yield from (f"l:{pattern}" for pattern in sorted(mailbox_patterns(name)))
    yield from (f"h:{folded_handle(handle)}" for handle in profile.handles)


def _account(profile: Profile) -> Iterator[str]:
    yield from (f"h:{folded_handle(handle)}" for handle in profile.handles)
    for name in profile.person_names[:1]:
        sounds = _once(sound(w) for w in name.words if len(w) > 1)
        yield from (f"w:{'+'.join(sorted(pair))}" for pair in combinations(sounds[:3], 2))
    yield from (f"r:{id_}" for id_ in (profile.id, *profile.proofs))


def _mailbox(profile: Profile) -> Iterator[str]:
    yield from (f"l:{_letters(email)}" for email in profile.emails if not is_role(email))


def _place(profile: Profile) -> Iterator[str]:
    """The postal code with a house number, and each long word with a house number."""
    for address in profile.addresses[:2]:
        for number in sorted(address.numbers):
            if address.postal_code:
                yield f"z:{address.postal_code}:{number}"
            longest = sorted(set(address.words), key=lambda word: (-len(word), word))[:3]
            yield from (f"z:{number}:{sound(word)}" for word in longest)


def _product(profile: Profile) -> Iterator[str]:
    for name in profile.product_names[:4]:
        yield f"w:{''.join(name.words)}"
        yield from (f"b:{sound(word)}" for word in name.words[:3])


def _threat(profile: Profile) -> Iterator[str]:
    """Forms of names and aliases, whole and without words such as group, and how they sound."""
    for name in profile.names[:12]:
        form = threat_form(name)
        if form:
            yield from (f"w:{form}", f"w:{threat_core(form)}", f"b:{sound(form)}")


def _letters(email: str) -> str:
    """The letters of a mailbox's name, without what follows a plus sign."""
    return "".join(filter(str.isalpha, email.partition("@")[0].partition("+")[0]))


def _once(sounds: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, sounds)))


_MAKERS: dict[str, Callable[[Profile], Iterator[str]]] = {
    "LegalEntity": _body,
    "Person": _person,
    "UserAccount": _account,
    "EmailAddress": _mailbox,
    "Location": lambda _: iter(()),
    "SoftwareProduct": _product,
    "File": lambda _: iter(()),
}
