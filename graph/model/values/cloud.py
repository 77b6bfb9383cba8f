"""Names of things that people rent from cloud providers."""

from __future__ import annotations

import uuid

from graph.model.values.normaliser import Normaliser
from graph.model.values.slug import slug_of
from graph.model.values.text import KEY_TEXT, fold_case

_NAMES_WITHOUT_CASE = frozenset(("bucket", "container", "host", "function", "app"))


def resource_name_of(resource_type: object, raw: object) -> str:
    """A resource's name; of the types whose names are parts of host names, in lower case."""
    name = KEY_TEXT(raw)
    is_caseless = slug_of(resource_type, "a type of cloud resource") in _NAMES_WITHOUT_CASE
    return KEY_TEXT(fold_case(name)) if is_caseless else name


def tenant_id_of(raw: object) -> str:
    """A tenant's id: a UUID in lower case, or the provider's own form as it is."""
    text = KEY_TEXT(raw)
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return text


def provider_of(raw: object) -> str:
    """A provider's slug; the usual names of the large ones are one each."""
    slug = slug_of(raw, "a cloud provider")
    return _PROVIDERS.get(slug, slug)


_PROVIDERS = {
    "amazon": "aws", "amazon-web-services": "aws", "s3": "aws",
    "microsoft-azure": "azure", "microsoft": "azure",
    "google": "gcp", "google-cloud": "gcp", "google-cloud-platform": "gcp", "gcs": "gcp",
    "do": "digitalocean",
}  # fmt: skip

CLOUD_PROVIDER = Normaliser("a cloud provider", 1, provider_of)
TENANT_ID = Normaliser("a tenant's id", 1, tenant_id_of)
