"""Channels of organizations, what is still to be told over them, and what is on its way or was sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from typing_extensions import TypedDict

from graph.queries.catalog import Params, Query, ReadParams, Row
from graph.queries.job import DeletedRow, IdRow


class NoticeRecord(TypedDict):
    """Something that happened, as it is left to be told."""

    id: str
    event: str
    about: str
    severity: str
    title: str
    details: str


class DeliveryRecord(TypedDict):
    """Something to be sent over a channel."""

    id: str
    channel: str
    event: str
    tlp: str
    fingerprint: str
    is_test: bool
    sealed: str


class NoticesParams(Params):
    """What happened at a moment."""

    org: str
    at: datetime
    notices: list[NoticeRecord]


class LimitParams(Params):
    """How many at most."""

    limit: int


class NoticeRow(Row):
    """Something that is to be told; `details` is JSON."""

    id: str
    org: str
    org_name: str
    at: datetime
    event: str
    about: str
    severity: str
    title: str
    details: str


class IdsParams(Params):
    """Some ids."""

    ids: list[str]


class MovesParams(Params):
    """Rows that moved together."""

    org: str
    act: str
    named: int


class MovesRow(Row):
    """Those of them that are marked alike and moved alike."""

    marks: list[str]
    is_in: bool
    total: int
    captions: list[str]


class AboutParams(Params):
    """What something is about."""

    org: str
    id: str


class MarkingRow(Row):
    """A marking."""

    tlp: str


class OrgParams(Params):
    """An organization."""

    org: str


class ChannelParams(OrgParams):
    """A channel as it is to be; None leaves a part of one that is there as it is."""

    id: str
    module: str
    name: str | None
    options: str | None
    events: list[str] | None
    least_severity: str | None
    ceiling: str | None
    is_enabled: bool | None
    by: str
    now: datetime


class PropertiesRow(Row):
    """What is kept of something."""

    properties: dict[str, Any]


class DeleteParams(AboutParams):
    """A channel, and how many of its deliveries go at once."""

    limit: int


class RecipientParams(OrgParams):
    """An e-mail address."""

    email: str


class ClearanceRow(Row):
    """The strictest marking that somebody may read."""

    clearance: str


class LeftRow(Row):
    """How many deliveries went."""

    left: int


class NewParams(OrgParams):
    """What is to be sent."""

    now: datetime
    deliveries: list[DeliveryRecord]


class DueParams(LimitParams):
    """What is due, so many at a time."""

    now: datetime


class TakeParams(Params):
    """A delivery that is being sent."""

    id: str
    now: datetime
    until: datetime


class TakenRow(Row):
    """A delivery that was taken, with its channel's properties."""

    sealed: str
    tries: int
    tries_before: int
    begun_at: datetime
    tlp: str
    is_test: bool
    org: str
    org_is_closed: bool
    channel: dict[str, Any]


class FinishParams(Params):
    """What came of sending."""

    id: str
    tries: int
    state: str
    reason: str
    due_at: datetime | None
    ended_at: datetime | None


class OneParams(ReadParams):
    """A delivery."""

    id: str


class ResumeParams(OneParams):
    """A delivery to be sent once more."""

    now: datetime


class BeforeRow(Row):
    """The state before."""

    before: str


class WhichParams(ReadParams):
    """The deliveries of a channel in some states."""

    channel: str
    states: list[str]


class PageParams(WhichParams):
    """A page of them."""

    behind: datetime | None
    behind_id: str
    limit: int


class TotalRow(Row):
    """How many there are."""

    total: int


class OldParams(LimitParams):
    """What was made before a moment."""

    before: datetime


UPSERT_NOTICES = Query("notify/upsert_notices", NoticesParams, IdRow)
LIST_NOTICES = Query("notify/list_notices", LimitParams, NoticeRow)
DELETE_NOTICES = Query("notify/delete_notices", IdsParams, DeletedRow)
LIST_FINDING_MARKINGS = Query("notify/list_finding_markings", AboutParams, MarkingRow)
LIST_RUN_MARKINGS = Query("notify/list_run_markings", AboutParams, MarkingRow)
UPSERT_CHANNEL = Query("notify/upsert_channel", ChannelParams, PropertiesRow)
LIST_CHANNELS = Query("notify/list_channels", OrgParams, PropertiesRow)
DELETE_CHANNEL = Query("notify/delete_channel", DeleteParams, LeftRow)
UPSERT_DELIVERIES = Query("notify/upsert_deliveries", NewParams, IdRow)
LIST_DUE_DELIVERIES = Query("notify/list_due_deliveries", DueParams, IdRow)
TAKE_DELIVERY = Query("notify/take_delivery", TakeParams, TakenRow)
FINISH_DELIVERY = Query("notify/finish_delivery", FinishParams, IdRow)
RESUME_DELIVERY = Query("notify/resume_delivery", ResumeParams, BeforeRow)
GET_DELIVERY = Query("notify/get_delivery", OneParams, PropertiesRow)
LIST_DELIVERIES = Query("notify/list_deliveries", PageParams, PropertiesRow)
COUNT_DELIVERIES = Query("notify/count_deliveries", WhichParams, TotalRow)
DELETE_OLD_DELIVERIES = Query("notify/delete_old_deliveries", OldParams, DeletedRow)
GET_RECIPIENT = Query("notify/get_recipient", RecipientParams, ClearanceRow)
GET_WATCHED = Query("notify/get_watched", AboutParams, MarkingRow)
LIST_PATTERN_MOVES = Query("notify/list_pattern_moves", MovesParams, MovesRow)
