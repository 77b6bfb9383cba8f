"""Feeds as they are published, read into an index that answers "is this value listed?" at once.

Only exact values, blocks of addresses and, where a list says so, names below a listed name: lists
of substrings or regular expressions are refused, since a stranger's pattern may cost any time.
"""

from __future__ import annotations

import csv
import io
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import orjson

from graph.errors import Refused, SourceRejected
from graph.model.base import Entity
from graph.model.values.address import parsed_ip, parsed_netblock
from graph.model.values.domain import domain_of
from graph.model.values.location import url_of

WARNING_LIST = "misp-warninglist"
COMMENTS = ("#", ";", "//", "!")
NOWHERE = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 - hosts files send names there
EXACT_LISTS = ("string", "hostname", "cidr")
MAX_VALUES = 2_000_000


@dataclass(frozen=True)
class Form:
    """How a feed is written: a key of `READERS`; for csv the column's name or number from 1."""

    format: str = "plain"
    column: str = "1"
    covers_subdomains: bool = False


@dataclass
class FeedIndex:
    """The values of a feed."""

    addresses: set[tuple[int, int]] = field(default_factory=set)  # (version, number)
    blocks: dict[tuple[int, int], set[int]] = field(default_factory=dict)  # by version and prefix
    names: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    covers_subdomains: bool = False
    values: int = 0
    unreadable: int = 0

    def match(self, entity: Entity) -> str:
        """The listed value that covers `entity`, or an empty text."""
        looks: dict[str, Callable[[str], str]] = {
            "IPAddress": self._match_block,
            "Netblock": self._match_block,
            "DomainName": self._match_name,
            "URL": lambda key: key if key in self.urls else "",
        }
        look = looks.get(entity.label)
        return look(entity.key) if look else ""

    def add(self, text: str) -> None:
        """Take one value; what is no address, block, name or URL is counted as unreadable."""
        try:
            self._add(text)
            self.values += 1
        except Refused:
            self.unreadable += 1

    def _add(self, text: str) -> None:
        if "://" in text:
            self.urls.add(url_of(text))
        elif text[-1:].isdigit() or ":" in text:
            self._add_block(text)
        else:
            self.names.add(domain_of(text))

    def _add_block(self, text: str) -> None:
        if "/" not in text and "-" not in text:
            address = parsed_ip(text)
            self.addresses.add((address.version, int(address)))
            return
        block = parsed_netblock(text)
        lengths = self.blocks.setdefault((block.version, block.prefixlen), set())
        lengths.add(int(block.network_address))

    def _match_block(self, key: str) -> str:
        asked = ipaddress.ip_network(key)
        first, size = int(asked.network_address), asked.max_prefixlen
        if asked.prefixlen == size and (asked.version, first) in self.addresses:
            return key.partition("/")[0]
        for (version, length), starts in self.blocks.items():
            if version == asked.version and length <= asked.prefixlen:
                start = first >> (size - length) << (size - length)
                if start in starts:
                    return str(ipaddress.ip_network((start, length)))
        return ""

    def _match_name(self, key: str) -> str:
        name = key
        while name not in self.names:
            _, _, name = name.partition(".")
            if not name or not self.covers_subdomains:
                return ""
        return name


@lru_cache(maxsize=32)
def read_feed(body: bytes, form: Form) -> FeedIndex:
    """The index of a feed's `body`. The same feed is read once in a process, however many ask.

    Raises SourceRejected where the body is not of the form, so that a maintenance page in place
    of a list is never taken for an empty list.
    """
    index = FeedIndex(covers_subdomains=form.covers_subdomains)
    for text in READERS[form.format](body, form, index):
        if index.values + index.unreadable >= MAX_VALUES:
            raise SourceRejected(f"the feed has more than {MAX_VALUES:,} values")
        index.add(text)
    if form.format != WARNING_LIST and index.unreadable > index.values:
        raise SourceRejected(
            f"{index.unreadable} of {index.values + index.unreadable} values are no address, "
            f"block, name or URL; is the feed's format {form.format!r}?"
        )
    return index


def _plain(body: bytes, form: Form, index: FeedIndex) -> Iterator[str]:  # noqa: ARG001 - one form for all readers
    """One value a line; what follows white space, a comma or a comment sign is a remark."""
    for line in body.decode("utf-8-sig", "replace").splitlines():
        text = line.strip()
        if text and not text.startswith(COMMENTS):
            yield text.split()[0].split(",")[0].rstrip(";")


def _hosts(body: bytes, form: Form, index: FeedIndex) -> Iterator[str]:  # noqa: ARG001 - as above
    """Lines of a hosts file: an address that leads nowhere, then names."""
    for line in body.decode("utf-8-sig", "replace").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if address in NOWHERE:
            yield from (name for name in names if "." in name and name not in NOWHERE)
        elif address:
            index.unreadable += 1


def _csv(body: bytes, form: Form, index: FeedIndex) -> Iterator[str]:
    """One column of a CSV text. The header may be a comment, as some feeds have it."""
    lines = body.decode("utf-8-sig", "replace").splitlines(keepends=True)
    place = _place(lines, form.column)
    rows = csv.reader(io.StringIO("".join(line for line in lines if not line.startswith("#"))))
    try:
        for number, row in enumerate(rows):
            value = row[place].strip() if len(row) > place else ""
            # A first cell that no value looks like is the column's name.
            if value and (number or any(sign in value for sign in ".:")):
                yield value
            elif row and number:
                index.unreadable += 1
    except csv.Error as error:
        raise SourceRejected(f"line {rows.line_num}: the CSV cannot be read: {error}") from error


def _place(lines: list[str], column: str) -> int:
    """The place of a column that is given by number from 1, or by its name in the header."""
    if column.isdigit() and int(column) > 0:
        return int(column) - 1
    for line in lines:
        names = [name.strip() for name in next(csv.reader([line.lstrip("# ")]), [])]
        if column in names:
            return names.index(column)
        if not line.startswith("#") and line.strip():
            break
    raise SourceRejected(f"the feed has no column {column!r}")


def _misp_warninglist(body: bytes, form: Form, index: FeedIndex) -> Iterator[str]:  # noqa: ARG001 - as above
    """The `list` of a MISP warning list; its `type` says how values are meant."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise SourceRejected(f"the feed is not JSON: {error}") from error
    values = document.get("list") if isinstance(document, dict) else None
    if not isinstance(values, list):
        raise SourceRejected("the feed is no MISP warning list: it has no list")
    sort = document.get("type", "string")
    if sort not in EXACT_LISTS:
        raise SourceRejected(f"lists of type {sort!r} are not used; {', '.join(EXACT_LISTS)} are")
    index.covers_subdomains = index.covers_subdomains or sort == "hostname"
    yield from (str(value).strip().lstrip(".") for value in values)


READERS: dict[str, Callable[[bytes, Form, FeedIndex], Iterator[str]]] = {
    "plain": _plain,
    "netset": _plain,
    "hosts": _hosts,
    "csv": _csv,
    WARNING_LIST: _misp_warninglist,
}
