"""What lies between two entities: found from both ends at once, without looking beyond what everybody has.

Ring by ring, from the end whose last ring is smaller. From `a` rings about the one and `b` about the other every way of
up to `a + b` relationships is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

HUB = 300  # relationships beyond which nobody looks what else an entity joins
AT_END = 1_000  # relationships of the two entities themselves
MOST_ENTITIES = 2_000
MOST_LINKS = 4_000  # of which ways are made: those on the shortest ways


@dataclass(frozen=True)
class Beside:
    """What lies beside an entity: pairs of a relationship's id and the id of the entity at its other end.

    `is_common` says that it is on a list of what is too common to mean much.
    """

    links: tuple[tuple[str, str], ...]
    is_common: bool = False


Look = Callable[[Collection[str], int], Awaitable[Mapping[str, Beside]]]
"""Gives what lies beside entities, at most so many relationships of each."""


@dataclass
class Between:
    """The relationships (id and ends) of which ways from one entity to another may be made.

    `beside` has all whose surroundings were looked at. `is_whole` is False where there was more than could be followed:
    hubs on the way, too many entities or relationships.
    """

    links: dict[str, tuple[str, str]] = field(default_factory=dict)
    beside: dict[str, Beside] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def entities(self) -> set[str]:
        """All at an end of one of the relationships."""
        return {each for ends in self.links.values() for each in ends}


async def explore(look: Look, start: str, end: str, longest: int) -> Between:
    """What ways of up to `longest` relationships between two entities can be made of."""
    found = Between()
    sides = (_Side.about(start), _Side.about(end))
    for _ in range(longest):
        open_sides = [side for side in sides if side.ring]
        if not open_sides:
            break
        side = min(open_sides, key=lambda each: len(each.ring))
        ends = side.ring & {start, end}
        looked = dict(await look(ends - found.beside.keys(), AT_END + 1))
        looked |= await look(side.ring - ends - found.beside.keys(), HUB + 1)
        found.beside |= looked
        side.grow(found)
        if sum(len(each.seen) for each in sides) > MOST_ENTITIES:
            found.is_whole = False
            break
    _keep_ways(found, start, end, longest)
    return found


@dataclass
class _Side:
    """What was reached from one end: all of it, and the outermost ring."""

    start: str
    seen: set[str]
    ring: set[str]

    @classmethod
    def about(cls, start: str) -> _Side:
        """An end from which nothing was reached yet."""
        return cls(start, {start}, {start})

    def grow(self, found: Between) -> None:
        """Go one ring further, from those that are no hubs."""
        beyond: set[str] = set()
        for each in self.ring & found.beside.keys():
            links = found.beside[each].links
            is_start = each == self.start
            if len(links) > (AT_END if is_start else HUB):
                found.is_whole = False
                if not is_start:
                    continue
            for link, other in links[:AT_END]:
                found.links[link] = (each, other)
                beyond.add(other)
        self.ring = beyond - self.seen
        self.seen |= beyond


def _keep_ways(found: Between, start: str, end: str, longest: int) -> None:
    """Leave only relationships that lie on a way that is short enough."""
    around: dict[str, set[str]] = defaultdict(set)
    for one, other in found.links.values():
        around[one].add(other)
        around[other].add(one)
    here = _distances(around, start, end, longest)
    there = _distances(around, end, start, longest)

    def length(one: str, other: str) -> int:
        """Of the shortest way that goes from the one to the other. None comes back to its start, or leaves its end."""
        if other == start or one == end:
            return longest + 1
        return here.get(one, longest) + 1 + there.get(other, longest)

    lengths = {
        link: min(length(one, other), length(other, one))
        for link, (one, other) in found.links.items()
    }
    short = sorted((far, link) for link, far in lengths.items() if far <= longest)
    found.is_whole = found.is_whole and len(short) <= MOST_LINKS
    found.links = {link: found.links[link] for _, link in short[:MOST_LINKS]}


def _distances(
    around: Mapping[str, set[str]], start: str, end: str, longest: int
) -> dict[str, int]:
    """How far away everything is from `start`. No way goes on behind its `end`."""
    found, ring = {start: 0}, {start}
    for distance in range(1, longest + 1):
        beside = {other for each in ring if each != end for other in around[each]}
        ring = beside - found.keys()
        found |= dict.fromkeys(ring, distance)
    return found
