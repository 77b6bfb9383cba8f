"""The web family: addresses of pages, what was seen there, and what marks pages as kin.

Certificates and keys are in `certificate.py`, what pages lead to in `linkage.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from graph.errors import Refused
from graph.model.base import Entity, Relationship, Standard, prop
from graph.model.network import DomainName, IPAddress
from graph.model.values.address import ip_of
from graph.model.values.digest import TRACKING_ID, FingerprintMethod, fingerprint_of
from graph.model.values.location import URL_ADDRESS, url_parts
from graph.model.values.slug import VENDOR
from graph.model.values.text import Count, Key, Line, Moment, Text

ExposedKind = Literal[
    "version_control", "environment_file", "backup", "directory_listing", "configuration",
    "private_key", "database_dump", "debug_page", "source_map",
]  # fmt: skip


class URL(Entity):
    """An address of the web, and what was served there."""

    plural: ClassVar[str] = "urls"
    standard: ClassVar[Standard] = Standard(stix="url", oam="URL", ecs="url.full")
    keeps_spellings: ClassVar[bool] = False  # one may hold a password
    seed_form: ClassVar[str] = r"(?!(?:tcp|udp|sctp):)[a-z][a-z0-9+.-]*://.*"
    seed_hint: ClassVar[str] = "a URL"

    url: Annotated[str, URL_ADDRESS] = prop(
        "The address in canonical form, without user name, password and fragment.",
        key=True,
        searched=True,
        example="https://www.example.com/",
    )
    scheme: str | None = prop("How it is fetched.", derived=True, indexed=True, example="https")
    host: str | None = prop(
        "The name or address of its host.", derived=True, indexed=True, example="www.example.com"
    )
    port: int | None = prop("The port it is fetched from.", derived=True, example=443)
    path: str | None = prop("Its path.", derived=True, example="/")
    status: Annotated[int, Field(ge=100, le=999)] | None = prop(
        "The HTTP status it answers with.", indexed=True, example=200
    )
    title: Line | None = prop("The page's title.", searched=True, example="Example Instruments")
    page_description: Line | None = prop(
        "What the page says it is about, for search engines.",
        searched=True,
        example="Instruments for observatories.",
    )
    language: Line | None = prop("The page's language.", example="en")
    media_type: Line | None = prop("The type of what is served.", example="text/html")
    server: Line | None = prop("The server software it names.", searched=True, example="nginx")
    powered_by: Line | None = prop("The platform it names.", example="PHP/8.3")
    generator: Line | None = prop(
        "The software that the page says made it.", searched=True, example="WordPress 6.4"
    )
    has_password_form: bool | None = prop("Whether the page asks for a password.", example=True)
    is_admin_panel: bool | None = prop(
        "Whether it is a login to administration, by its title or form.", example=False
    )
    is_default_page: bool | None = prop(
        "Whether it is the page a server shows before anybody set it up.", example=False
    )
    is_parked: bool | None = prop("Whether a domain seller's page is shown.", example=False)
    exposed_kind: ExposedKind | None = prop(
        "What is served here that is not meant for the public.",
        indexed=True,
        example="version_control",
    )
    unclaimed_at: Line | None = prop(
        "The provider whose answer says that nobody claims this host.", example="github-pages"
    )
    hsts_max_age_s: Count | None = prop(
        "For how long it has browsers insist on TLS.", unit="seconds", example=31536000
    )
    hsts_include_subdomains: bool | None = prop(
        "Whether that holds for all names below, too.", example=True
    )
    content_security_policy: Text | None = prop(
        "Its policy on where content may come from.", example="default-src 'self'"
    )
    frame_options: Line | None = prop(
        "Who may show it in a frame (X-Frame-Options).", example="DENY"
    )
    content_type_options: Line | None = prop(
        "Whether browsers may guess types (X-Content-Type-Options).", example="nosniff"
    )
    referrer_policy: Line | None = prop(
        "What browsers tell other sites of it.", example="no-referrer"
    )
    permissions_policy: Text | None = prop(
        "Which features of the browser it may use.", example="camera=()"
    )
    allowed_origin: Line | None = prop(
        "Which other sites may read its answers (Access-Control-Allow-Origin).", example="*"
    )
    insecure_cookies: tuple[Line, ...] = prop(
        "Names of cookies it sets without Secure or HttpOnly.",
        default=(),
        merge="union",
        example=("session",),
    )
    missing_policies: tuple[Line, ...] = prop(
        "Response headers for safety that a complete answer lacked.",
        default=(),
        example=("strict-transport-security",),
    )
    first_archived_at: Moment | None = prop(
        "When an archive first kept it.", example="2019-05-01T08:00:00Z"
    )
    last_archived_at: Moment | None = prop(
        "When an archive last kept it.", example="2025-11-30T08:00:00Z"
    )
    valid_to: Moment | None = prop(
        "Until when it says its content holds (the Expires of a security.txt).",
        example="2027-01-01T00:00:00Z",
    )

    def derive(self) -> Mapping[str, object]:
        """The address in parts."""
        parts = url_parts(self.url)
        return {
            "scheme": parts.scheme,
            "host": parts.host,
            "port": parts.port,
            "path": parts.path,
        }

    def implies(self) -> Iterator[Entity | Relationship]:
        """It is hosted at its host."""
        yield HostedAt(source=self, target=_host_of(self.host or ""))


class Fingerprint(Entity):
    """A value that things made or run alike have in common, taken by one method."""

    plural: ClassVar[str] = "fingerprints"
    standard: ClassVar[Standard] = Standard(oam="Identifier", ecs="tls.server.ja3s")

    method: FingerprintMethod = prop(
        "How it was taken.", key=True, indexed=True, example="favicon_mmh3"
    )
    value: Key = prop("The value in the method's form.", key=True, example="-1137684390")

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The value in its method's form."""
        return {**data, "value": fingerprint_of(data.get("method"), data.get("value"))}

    def caption(self) -> str:
        """The method and the value."""
        return f"{self.method} {self.value}"


class TrackingIdentifier(Entity):
    """The id under which a site's owner is a customer of a measuring or advertising service."""

    plural: ClassVar[str] = "trackingIdentifiers"
    standard: ClassVar[Standard] = Standard(oam="Identifier")

    vendor: Annotated[str, VENDOR] = prop("The service.", key=True, example="google_analytics")
    tracking_id: Annotated[str, TRACKING_ID] = prop(
        "The customer's id there, in upper case.", key=True, searched=True, example="UA-5551212"
    )

    def caption(self) -> str:
        """The id and the service."""
        return f"{self.tracking_id} ({self.vendor})"


class HostedAt(Relationship):
    """An address of the web is on this host."""

    type: ClassVar[str] = "HOSTED_AT"
    forward: ClassVar[str] = "hostedAt"
    backward: ClassVar[str] = "hosts"

    source: URL
    target: DomainName | IPAddress


def _host_of(host: str) -> DomainName | IPAddress:
    try:
        return IPAddress(address=ip_of(host))
    except Refused:
        return DomainName(name=host)
