"""Removing everything of an organization, some at a time."""

from __future__ import annotations

from graph.queries.account import IdRow
from graph.queries.catalog import Params, Query, Row


class OrgParams(Params):
    """An organization."""

    org: str


class EntitiesParams(OrgParams):
    """Its first entities."""

    entities: int


class OfEntitiesParams(EntitiesParams):
    """Some of what hangs on them."""

    limit: int


class SomeParams(OrgParams):
    """Some of what it has."""

    limit: int


class FilesParams(Params):
    """Contents, by SHA-256."""

    files: list[str]


class DeletedRow(Row):
    """How many are gone."""

    deleted: int


class DeletedEvidenceRow(DeletedRow):
    """How many are gone, and which contents were evidence of them."""

    files: list[str]


class FileRow(Row):
    """A content."""

    sha256: str


DELETE_OBSERVATIONS = Query("purge/delete_observations", OfEntitiesParams, DeletedEvidenceRow)
DELETE_VERSIONS = Query("purge/delete_versions", OfEntitiesParams, DeletedRow)
DELETE_LINKS = Query("purge/delete_links", OfEntitiesParams, DeletedRow)
DELETE_ENTITIES = Query("purge/delete_entities", EntitiesParams, DeletedRow)
DELETE_RECORDS = Query("purge/delete_records", SomeParams, DeletedRow)
DELETE_MEMBERS = Query("purge/delete_members", SomeParams, DeletedRow)
DELETE_ORGANIZATION = Query("purge/delete_organization", OrgParams, IdRow)
FIND_EVIDENCE = Query("purge/find_evidence", FilesParams, FileRow)
