"""Everything that follows from the company file before anything runs: certificates and zones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import dns.name

from lab.certificates import Certificates, issue_certificates
from lab.company import COMPANY_FILE, Address, Company, read_company
from lab.naming.zones import Zone, addresses_of, build_zones


@dataclass(frozen=True)
class World:
    """The company and what is derived from it. The same file on the same day gives an equal one."""

    company: Company
    certificates: Certificates
    zones: dict[dns.name.Name, Zone]

    @classmethod
    def read(cls, path: Path = COMPANY_FILE, today: dt.date | None = None) -> Self:
        """Derive everything from the file at `path`."""
        company = read_company(path, today)
        certificates = issue_certificates(company)
        return cls(company, certificates, build_zones(company, certificates))

    def held_by(self, addresses: tuple[Address, ...]) -> dict[dns.name.Name, Zone]:
        """The zones one of whose servers has one of `addresses`."""
        texts = {str(address) for address in addresses}
        return {
            origin: zone
            for origin, zone in self.zones.items()
            if any(
                record.address in texts
                for server in zone.servers()
                for rrset in addresses_of(self.zones, server)
                for record in rrset
            )
        }
