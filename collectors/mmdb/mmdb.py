"""geo.mmdb: what the operator's databases say of an address.

Files of any maker in the MaxMind DB format are read; the members of a record that are used are
those of the GeoIP2 city, country, ASN and ISP databases. Places of addresses are guesses, so a
place more exact than a city is not made.
"""

from __future__ import annotations

import io
import ipaddress
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import maxminddb

from collectors._kit.base import Collector, FileRequest, FileResponse, Request, Response
from collectors._kit.lenient import accepted, stated
from graph.errors import SourceRejected
from graph.model.affiliation import LocatedAt, OperatedBy
from graph.model.base import Entity, Fact
from graph.model.network import AutonomousSystem, IPAddress, Netblock
from graph.model.party import LegalEntity
from graph.model.place import Location
from graph.model.routing import Announces, Contains
from graph.model.values.identifier import COUNTRY

Record = Mapping[str, Any]


class Mmdb(Collector):
    """Place, network and holder of an address."""

    id = "geo.mmdb"

    def plan(self, target: Entity) -> Iterator[Request]:  # noqa: ARG002 - one set of files for all
        """Each file, as a part of its own."""
        files = self.options["files"]
        for path in files if isinstance(files, tuple | list) else ():
            yield FileRequest(str(path), part=f"file:{PurePath(str(path)).name}")

    def parse(self, response: Response, target: Entity) -> Iterator[Fact | Request]:
        """What the file's record for the address says; nothing where it has none."""
        if not isinstance(response, FileResponse):
            raise SourceRejected(f"{self.id}: a file is expected")
        try:
            database = read_database(response.body)
            record, length = database.get_with_prefix_len(target.key)
        except (maxminddb.InvalidDatabaseError, ValueError) as error:
            # ValueError: a version 6 address in a database of version 4.
            raise SourceRejected(f"{response.request.path}: {error}") from error
        if not isinstance(record, dict) or not isinstance(target, IPAddress):
            return
        yield from _place(record, target)
        yield from _holder(record, target)
        # Only there are the file's prefixes those of routing; elsewhere they are cut finer.
        if "ASN" in database.metadata().database_type:
            yield from _system(record, target, length)


@lru_cache(maxsize=4)
def read_database(body: bytes) -> maxminddb.Reader:
    """The database in `body`, opened once however many addresses are looked up."""
    return maxminddb.open_database(io.BytesIO(body), maxminddb.MODE_FD)


def _place(record: Record, address: IPAddress) -> Iterator[Fact]:
    country = _table(record, "country") or _table(record, "registered_country")
    code = accepted(COUNTRY, country.get("iso_code"))
    number = _table(record, "city").get("geoname_id")
    if isinstance(number, int):
        yield from stated(lambda: LocatedAt(source=address, target=_city(record, number, code)))
    elif code:
        place = Location(place=f"country:{code}", country=code, name=_name(country) or None)
        yield LocatedAt(source=address, target=place)


def _city(record: Record, number: int, country: str | None) -> Location:
    city, where = _name(_table(record, "city")) or None, _table(record, "location")
    return Location(
        place=f"city:{number}",
        name=city,
        city=city,
        country=country,
        latitude_deg=where.get("latitude"),
        longitude_deg=where.get("longitude"),
        time_zone=where.get("time_zone"),
    )


def _holder(record: Record, address: IPAddress) -> Iterator[Fact]:
    organization = record.get("organization") or record.get("isp")
    if isinstance(organization, str) and organization.strip():
        yield from stated(lambda: OperatedBy(source=address, target=LegalEntity(name=organization)))


def _system(record: Record, address: IPAddress, length: int) -> Iterator[Fact]:
    number = record.get("autonomous_system_number")
    if isinstance(number, int):
        block = Netblock(cidr=str(ipaddress.ip_network(f"{address.key}/{length}", strict=False)))
        holder = record.get("autonomous_system_organization")
        system = AutonomousSystem(number=number, holder=holder or None)
        yield Announces(source=system, target=block)
        yield Contains(source=block, target=address)


def _table(record: Record, name: str) -> Record:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _name(record: Record) -> str:
    return str(_table(record, "names").get("en") or "")
