"""Every setting of Mirage, and the only place that reads the environment.

A role reads its own class; the others get values as arguments. All names begin with `MIRAGE_`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "MIRAGE_"


def _data_home() -> Path:
    """The user's data folder, by the rule of the XDG base directories."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "mirage"


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
        description="Folders, a JSON list, that hold further sources of collectors and channels; all roles need the "
        "same list.",
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
    match_weights: Path | None = Field(
        None,
        description="Folder of scorers, such as Person.yaml from `mirage match fit`, to use in place of those that "
        "come with Mirage; the API and the correlator read it when they start.",
    )
    mail_from: str = Field(
        "",
        description="Sender of mails, such as Mirage <mirage@example.com>; without it, no mail is sent.",
    )
    evidence_folder: Path = Field(
        description="Folder in which raw answers of sources lie, named by their content."
    )
    otlp_endpoint: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#@]+(/[^\s?#]*)?)?$",
        description="Address of an OpenTelemetry collector that takes traces by OTLP over HTTP, such as "
        "http://127.0.0.1:4318; without it, nothing is traced.",
    )
    trace_ratio: float = Field(
        1.0, ge=0, le=1, description="Share of all traces that are recorded, from 0 to 1."
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
    channel_networks: tuple[str, ...] = Field(
        (),
        description="Networks, a JSON list of CIDR ranges, to which channels may send though not public.",
    )
    channel_ca_file: Path | None = Field(
        None,
        description="File of certificate authorities (PEM) that alone are trusted with the certificates of those to "
        "whom channels send; without it, those of the system.",
    )
    channel_mail_domains: tuple[str, ...] = Field(
        (),
        description="Domains, a JSON list, of addresses to which channels may send mail though no member has them.",
    )
    resolvers: tuple[str, ...] = Field(
        (),
        description="Recursive DNS resolvers that channels ask, a JSON list of address or address:port; without it, "
        "those of the system.",
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#]+)?$",
        description="Address under which people reach Mirage, for links of notices; without it, they have none.",
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


def bare_environment() -> dict[str, str]:
    """The environment for a process that is to know nothing of us but where its code lies: no address, no secret."""
    kept = ("PATH", "PYTHONPATH", "LANG", "TMPDIR", variable_of("module_folders"))
    return {name: os.environ[name] for name in kept if name in os.environ}


def child_environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment for a process of ours: this one's, with these settings by their names."""
    return dict(os.environ) | {variable_of(name): value for name, value in settings.items()}
