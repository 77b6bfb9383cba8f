"""The settings of the API role: whom it lets in, how much of it, and by which door."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from server.settings import RoleSettings

CypherDoor = Literal["off", "bound", "any"]
ExplorerDoor = Literal["everyone", "signed-in", "off"]
RATED = ("key", "user", "organization", "address")
MOST_RATE = 10_000_000
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")


def _listed(text: str) -> list[str]:
    """What is separated by commas, in lower case."""
    return [each.strip().lower() for each in text.split(",") if each.strip()]


def _rates(text: str) -> dict[str, int]:
    """Points a minute by what asks. Raises ValueError naming what is wrong."""
    rates = {}
    for each in _listed(text):
        name, _, most = (part.strip() for part in each.partition("="))
        if name not in RATED or not most.isdecimal() or not int(most) <= MOST_RATE:
            raise ValueError(
                f"{each}: one of {', '.join(RATED)}, = and 0 to {MOST_RATE} would be right"
            )
        rates[name] = int(most)
    return rates


class ApiSettings(RoleSettings):
    """The API role."""

    api_host: str = Field("127.0.0.1", description="Address on which the API listens.")
    api_port: int = Field(8000, ge=1, le=65535, description="Port on which the API listens.")
    api_hosts: str = Field(
        "",
        description="Names under which the API is reached besides loopback, separated by commas; requests for "
        "other names are refused.",
    )
    api_origins: str = Field(
        "",
        description="Origins of other sites whose pages may use the API, such as https://ui.example.org, "
        "separated by commas; pages of any other site are refused.",
    )
    api_proxies: str = Field(
        "",
        description="Addresses or networks of proxies before the API, separated by commas; what they say in "
        "X-Forwarded-For and X-Forwarded-Proto is believed, and of nobody else.",
    )
    api_hsts_s: int = Field(
        0,
        ge=0,
        description="For how many seconds browsers are told to come by HTTPS only, in answers given by HTTPS; "
        "0 tells them nothing.",
    )
    api_connections: int = Field(
        16_000,
        ge=1,
        description="How many connections are taken at once, as far as the limit on open files allows.",
    )
    api_linger_s: float = Field(
        2.0,
        ge=0,
        le=8,
        description="For how many seconds after it was asked to stop the API still answers, while /readyz says that it "
        "ends, so that a balancer turns to others.",
    )
    api_sockets_per_user: int = Field(
        10_000, ge=1, description="How many WebSockets one user may have open at each API process."
    )
    api_subscriptions_per_user: int = Field(
        10_000,
        ge=1,
        description="How many subscriptions one user may follow at each API process, over all connections.",
    )
    # A thousand cheap questions a second are more than two cores answer; of the dearest, that is ten a second.
    api_rates: str = Field(
        "key=60000, user=60000, organization=120000, address=120000",
        description="Points that one key, user, organization and address may ask within a minute: one for each "
        "question and each 1,000 of its cost; 0 sets no limit.",
    )
    api_bounds: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        description="What one operation may ask for by role, a JSON object such as "
        '{"VIEWER": {"cost": 20000, "depth": 8}}; CUSTOM stands for roles that organizations made.',
    )
    api_documents: Path | None = Field(
        None,
        description="Trusted documents: a folder of .graphql files, or a JSON manifest as Relay or Apollo write it.",
    )
    api_documents_only: bool = Field(
        False,
        description="Whether only trusted documents are answered, whoever asks, and no others.",
    )
    api_graphiql: ExplorerDoor = Field(
        "everyone",
        description="Who gets GraphiQL's page, which holds no data: everyone; signed-in, those who are so in their "
        "browser and may read the schema; off, nobody.",
    )
    neo4j_browser_url: str = Field("", description="Address of Neo4j Browser, shown to people.")
    cypher: CypherDoor = Field(
        "off",
        description="Whether people may ask in Cypher over GraphQL: off; bound, what is proven to stay in their "
        "organization; any, also what is not, for platform administrators alone.",
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?$",
        description="Address under which people reach Mirage, such as https://mirage.example.com: it stands in mails, "
        "links and access tokens; without it, that on which the API listens.",
    )

    session_days: float = Field(
        7.0, gt=0, le=90, description="Days after which a session ends, however much it is used."
    )
    session_idle_hours: float = Field(
        12.0, gt=0, le=2160, description="Hours after which a session ends that is not used."
    )
    oidc_providers: SecretStr = Field(
        SecretStr(""),
        description="OpenID Connect providers that people may sign in by, a JSON list of objects as docs/oidc.md shows "
        "them; they hold secrets.",
    )

    @field_validator("api_origins")
    @classmethod
    def _names_origins(cls, value: str) -> str:
        for each in _listed(value):
            if not _ORIGIN.fullmatch(each):
                raise ValueError(f"{each} is no origin; https://ui.example.org would be one")
        return value

    @field_validator("api_proxies")
    @classmethod
    def _names_networks(cls, value: str) -> str:
        for each in _listed(value):
            ipaddress.ip_network(each)
        return value

    @field_validator("api_rates")
    @classmethod
    def _names_rates(cls, value: str) -> str:
        _rates(value)
        return value

    @property
    def rates(self) -> dict[str, int]:
        """Points a minute of `api_rates`, without those that have no limit."""
        return {name: most for name, most in _rates(self.api_rates).items() if most}

    @property
    def host_names(self) -> frozenset[str]:
        """The names of `api_hosts`, in lower case."""
        return frozenset(_listed(self.api_hosts))

    @property
    def origins(self) -> frozenset[str]:
        """The origins of `api_origins`, in lower case, as browsers send them."""
        return frozenset(_listed(self.api_origins))

    @property
    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The networks of `api_proxies`."""
        return tuple(ipaddress.ip_network(each) for each in _listed(self.api_proxies))

    @property
    def own_url(self) -> str:
        """`public_url`, or else the address on which the API listens."""
        host = f"[{self.api_host}]" if ":" in self.api_host else self.api_host
        return self.public_url or f"http://{host}:{self.api_port}"
