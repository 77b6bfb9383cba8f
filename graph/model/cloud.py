"""The cloud family: what somebody rents from a provider, and the accounts it is rented under."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from graph.model.base import Entity, Relationship, Standard, prop
from graph.model.network import DomainName, IPAddress, Netblock
from graph.model.party import LegalEntity
from graph.model.values.cloud import CLOUD_PROVIDER, TENANT_ID, resource_name_of
from graph.model.values.slug import SLUG
from graph.model.values.text import Key, Line
from graph.model.web import URL


class CloudResource(Entity):
    """Something rented from a cloud provider: a bucket, a function, a host, a range of addresses.

    It carries the label StorageBucket where it stores files.
    """

    plural: ClassVar[str] = "cloudResources"
    standard: ClassVar[Standard] = Standard(ecs="cloud.instance.id")
    possible_roles: ClassVar[tuple[str, ...]] = ("StorageBucket",)

    provider: Annotated[str, CLOUD_PROVIDER] = prop(
        "The provider.", key=True, indexed=True, example="aws"
    )
    resource_type: Annotated[str, SLUG] = prop(
        "What it is; bucket for storage of files.", key=True, indexed=True, example="bucket"
    )
    name: Key = prop(
        "Its name at the provider.", key=True, searched=True, example="example-backups"
    )
    region: Line | None = prop("Where the provider runs it.", example="eu-west-1")
    service: Line | None = prop("The provider's service it belongs to.", example="S3")
    is_public: bool | None = prop("Whether anybody may read it.", example=True)
    is_listable: bool | None = prop("Whether anybody may see what is in it.", example=False)
    account_id: Line | None = prop("The account it is billed to.", example="123456789012")

    @classmethod
    def prepared(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The name in its type's form."""
        return {**data, "name": resource_name_of(data.get("resource_type"), data.get("name"))}

    def roles(self) -> tuple[str, ...]:
        """StorageBucket for what stores files."""
        return ("StorageBucket",) if self.resource_type in ("bucket", "container") else ()

    def caption(self) -> str:
        """Name, type and provider."""
        return f"{self.name} ({self.provider} {self.resource_type})"


class CloudTenant(Entity):
    """An organization's account at a cloud provider."""

    plural: ClassVar[str] = "cloudTenants"
    standard: ClassVar[Standard] = Standard(ecs="cloud.account.id")

    provider: Annotated[str, CLOUD_PROVIDER] = prop(
        "The provider.", key=True, indexed=True, example="azure"
    )
    tenant_id: Annotated[str, TENANT_ID] = prop(
        "The account's id there.",
        key=True,
        searched=True,
        example="72f988bf-86f1-41af-91ab-2d7cd011db47",
    )
    name: Line | None = prop(
        "The name it goes by there.", searched=True, example="Example Instruments"
    )
    region: Line | None = prop("The part of the cloud it is in.", example="EU")

    def caption(self) -> str:
        """Name or id, and provider."""
        return f"{self.name or self.tenant_id} ({self.provider})"


class UsesCloud(Relationship):
    """A name, an address or a page rests on this rented resource or account."""

    type: ClassVar[str] = "USES_CLOUD"
    forward: ClassVar[str] = "usesCloud"
    backward: ClassVar[str] = "usedBy"

    source: DomainName | IPAddress | Netblock | URL
    target: CloudResource | CloudTenant


class VerifiedFor(Relationship):
    """A name publishes a token that proves it to this body's service, or to this account."""

    type: ClassVar[str] = "VERIFIED_FOR"
    forward: ClassVar[str] = "verifiedFor"
    backward: ClassVar[str] = "verifies"
    standard: ClassVar[Standard] = Standard(oam="verified_for")

    source: DomainName
    target: LegalEntity | CloudTenant
