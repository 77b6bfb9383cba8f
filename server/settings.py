"""Every setting of Mirage, and the only place that reads the environment.

A role reads its own class; the others get values as arguments. All names begin with `MIRAGE_`.
"""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "MIRAGE_"
CypherDoor = Literal["off", "bound", "any"]
ExplorerDoor = Literal["everyone", "signed-in", "off"]
RATED = ("key", "user", "organization", "address")
MOST_RATE = 10_000_000
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")


def _data_home() -> Path:
    """The user's data folder, by the rule of the XDG base directories."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "mirage"


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


class Settings(BaseSettings):
    """What every process reads."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,  # a message must not repeat a password set under a wrong name
    )

    home: Path = Field(
        default_factory=_data_home,
        description="Folder of all that Mirage keeps on this machine: downloads, data, keys, logs.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least important messages that are still logged."
    )
    log_format: Literal["json", "console"] = Field(
        "json",
        description="How log lines look: one JSON object each, or for reading in a terminal.",
    )
    module_folders: tuple[Path, ...] = Field(
        (),
        description="Folders, a JSON list, that hold further sources of collectors; all roles need the same list.",
    )


class KeySettings(Settings):
    """What every role, and every command that acts on the database, reads of the master keys."""

    master_key_file: Path | None = Field(
        None,
        description="File with the master keys that seal secrets; a changed one is noticed within a minute. "
        "Without it, commands take that of the stack on this machine.",
    )
    master_keys: SecretStr = Field(
        SecretStr(""),
        description='The master keys themselves, where there is no file: {"current": "1", "keys": {"1": "…"}}, '
        "each key 32 random bytes in base64.",
    )
    key_service_url: str = Field(
        "",
        description="Address of a key service that wraps the master keys, with the interface of HashiCorp Vault's "
        "transit engine.",
    )
    key_service_key: str = Field("mirage", description="Name of the key in that service.")
    key_service_token: SecretStr = Field(SecretStr(""), description="Token for that service.")


class RoleSettings(KeySettings):
    """What every role reads. `mirage up` sets all of it for the processes it starts."""

    neo4j_uri: str = Field(description="Address of Neo4j, such as bolt://127.0.0.1:7687.")
    neo4j_user: str = Field("neo4j", description="Account in Neo4j.")
    neo4j_password: SecretStr = Field(description="Password of that account.")
    neo4j_database: str = Field("neo4j", description="Database in Neo4j.")
    redis_url: SecretStr = Field(
        description="Address of Redis with its password, such as redis://:PASSWORD@127.0.0.1:6379/0."
    )
    mail_from: str = Field(
        "",
        description="Sender of mails, such as Mirage <mirage@example.com>; without it, no mail is sent.",
    )
    evidence_folder: Path = Field(
        description="Folder in which raw answers of sources lie, named by their content."
    )
    metrics_port: int = Field(
        0, ge=0, le=65535, description="Port for health and metrics of a worker; 0 means none."
    )
    metrics_host: str = Field(
        "127.0.0.1",
        description="Address on which that port is; another than loopback's is for networks that are ours alone.",
    )

    @property
    def secrets(self) -> list[str]:
        """Every secret text among the settings, and the password within an address; what logs must not show."""
        held = [v.get_secret_value() for _, v in self if isinstance(v, SecretStr)]
        passwords = [urlsplit(text).password for text in held if "://" in text]
        return [text for text in (*held, *passwords) if text]


class OwnerSettings(Settings):
    """What `prepare` and `owner-key` read besides: who owns what the first start makes."""

    owner_email: str = Field(
        "owner@localhost", description="E-mail address of the first user, when there is none yet."
    )
    organization: str = Field(
        "My organization", description="Name of the first organization, when there is none yet."
    )


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


class ConductorSettings(RoleSettings):
    """The conductor role, which plans runs."""

    audit_retention_days: int = Field(
        0,
        ge=0,
        description="Days after which rows of the audit are deleted, oldest first; 0 keeps them for ever.",
    )


class CollectorSettings(RoleSettings):
    """The collector role, which asks sources."""

    lab_state: Path | None = Field(
        None, description="State file of a running lab; collectors then reach nothing but that."
    )
    collectors: tuple[str, ...] = Field(
        (),
        description="The collectors that this process carries out, a JSON list of their ids, such as on a host that "
        "alone has what they need; without it, all there are.",
    )
    resolvers: tuple[str, ...] = Field(
        (),
        description="Recursive DNS resolvers, a JSON list of address or address:port; without it, those of the "
        "system. Of several, two must agree whether a name exists.",
    )
    file_folders: tuple[Path, ...] = Field(
        (),
        description="Folders, a JSON list, with the files that collectors' options may name: GeoIP "
        "databases and lists of the operator's own. Other files are never read.",
    )
    allowed_networks: tuple[str, ...] = Field(
        (), description="Networks, a JSON list of CIDR ranges, to contact though not public."
    )
    cells: int = Field(
        2, ge=1, le=64, description="Jobs that are carried out in processes of their own at once."
    )
    cell_memory_mb: int = Field(
        1_024, ge=256, description="Memory in MiB that such a process may take before it is ended."
    )
    stall_s: float = Field(
        20.0, ge=0, description="Seconds without a sign of life until a process ends; 0 never."
    )


class CorrelatorSettings(RoleSettings):
    """The correlator role, which runs rules."""


class CourierSettings(RoleSettings):
    """The courier role, which tells people and other systems."""

    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="Mail server: smtp://USER:PASSWORD@HOST:PORT (TLS by STARTTLS) or smtps://…; on this machine also "
        "smtp://127.0.0.1:25?tls=none.",
    )
    smtp_ca_file: Path | None = Field(
        None,
        description="File of certificate authorities (PEM) that alone are trusted with the mail server's certificate; "
        "without it, those of the system.",
    )


class StackSettings(KeySettings):
    """The commands that start, find or test a stack on this machine."""

    instance: str = Field(
        "",
        pattern=r"^[a-z][a-z0-9-]*$|^$",
        description="Name of the stack, with data of its own: default for real use, demo for the "
        "lab; without it, the one that runs.",
    )
    neo4j_uri: str = Field("", description="A Neo4j to use instead of starting one.")
    neo4j_user: str = Field("neo4j", description="Account in that Neo4j.")
    neo4j_password: SecretStr = Field(SecretStr(""), description="Password of that account.")
    neo4j_database: str = Field("neo4j", description="Database in that Neo4j.")
    evidence_folder: Path | None = Field(
        None,
        description="Folder of the raw answers, for commands that remove some; without it, that of the stack.",
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?$",
        description="Address under which people reach Mirage, for links of commands; without it, the stack's.",
    )
    redis_url: SecretStr = Field(
        SecretStr(""), description="A Redis to use instead of starting one."
    )
    api_host: str = Field("127.0.0.1", description="Address on which the API listens.")
    api_port: int = Field(
        0, ge=0, le=65535, description="Port on which the API listens; 0 chooses one and keeps it."
    )
    maven_repository: str = Field(
        "",
        description="Address of the Maven repository that Neo4j is fetched from; without it, the "
        "mirror in Maven's settings or the usual one.",
    )
    neo4j_heap_mb: int = Field(
        0, ge=0, description="Java heap of the embedded Neo4j in MiB; 0 goes by the memory."
    )
    neo4j_page_cache_mb: int = Field(
        0, ge=0, description="Page cache of the embedded Neo4j in MiB; 0 goes by the memory."
    )
    graphql_url: str = Field(
        "", description="A GraphQL address that commands ask instead of the local stack's."
    )
    api_key: SecretStr = Field(SecretStr(""), description="The key sent to that address.")
    test_containers: bool = Field(
        False, description="Whether tests start Neo4j and Redis in containers instead of embedded."
    )


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def given_settings() -> dict[str, str]:
    """What the environment gives under names of ours, by variable; empty ones count as not given."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIX) and value}


def child_environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment for a process of ours: this one's, with these settings by their names."""
    return dict(os.environ) | {variable_of(name): value for name, value in settings.items()}
