"""What is old: how much there is of it, and deleting it, some at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from graph.queries.account import IdRow
from graph.queries.catalog import Params, Query, Row
from graph.queries.purge import DeletedRow, FilesParams, SomeParams


class OldParams(Params):
    """What is older than a moment, of an organization."""

    org: str
    before: datetime


class OldRunsParams(OldParams):
    """Of runs that have ended: the states that mean that."""

    final: list[str]


class SomeOldParams(OldParams):
    """Some of it."""

    limit: int


class SomeOldRunsParams(OldRunsParams):
    """Some of it."""

    limit: int


class OldPageParams(SomeOldParams):
    """A page of it."""

    behind: datetime | None
    behind_id: str


class LatestParams(Params):
    """When the latest answers arrived, by what is evidence of them."""

    rows: list[dict[str, Any]]


class RemovedParams(Params):
    """What was removed, and when."""

    ids: list[str]
    at: datetime


class ShareRow(Row):
    """How much is old, and how much beside it stays since something needs it."""

    total: int
    bytes: int | None
    oldest: datetime | None
    needed: int


class OldEvidenceRow(Row):
    """Evidence that may be old."""

    id: str
    sha256: str
    aged_from: datetime


class LockedEvidenceRow(Row):
    """Evidence, of whichever organization."""

    id: str
    org: str
    sha256: str
    size_bytes: int
    removed_at: datetime | None
    latest: datetime | None


COUNT_EVIDENCE = Query("retention/count_evidence", OldParams, ShareRow)
FIND_OLD_EVIDENCE = Query("retention/find_old_evidence", OldPageParams, OldEvidenceRow)
LOCK_EVIDENCE = Query("retention/lock_evidence", FilesParams, LockedEvidenceRow)
RENEW_EVIDENCE = Query("retention/renew_evidence", LatestParams, IdRow)
CLOSE_EVIDENCE = Query("retention/close_evidence", RemovedParams, IdRow)
COUNT_FINDINGS = Query("retention/count_findings", OldParams, ShareRow)
DELETE_FINDINGS = Query("retention/delete_findings", SomeOldParams, DeletedRow)
COUNT_JOBS = Query("retention/count_jobs", OldRunsParams, ShareRow)
DELETE_JOBS = Query("retention/delete_jobs", SomeOldRunsParams, DeletedRow)
COUNT_RUNS = Query("retention/count_runs", OldRunsParams, ShareRow)
DROP_RUNS = Query("retention/drop_runs", SomeOldRunsParams, DeletedRow)
DELETE_RUN_LINKS = Query("retention/delete_run_links", SomeParams, DeletedRow)
DELETE_RUN_JOBS = Query("retention/delete_run_jobs", SomeParams, DeletedRow)
DELETE_RUNS = Query("retention/delete_runs", SomeParams, DeletedRow)
COUNT_LOOKUPS = Query("retention/count_lookups", OldParams, ShareRow)
DELETE_LOOKUPS = Query("retention/delete_lookups", SomeOldParams, DeletedRow)
COUNT_PATTERN_ROWS = Query("retention/count_pattern_rows", OldParams, ShareRow)
DELETE_PATTERN_ROWS = Query("retention/delete_pattern_rows", SomeOldParams, DeletedRow)
