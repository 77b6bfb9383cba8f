"""What proves who a user is: passwords, links that set them, second factors."""

from __future__ import annotations

from datetime import datetime

from graph.queries.catalog import Params, Query, Row


class LoginParams(Params):
    """Somebody who wants to come in, by address and device."""

    email: str
    device: str | None
    since: datetime


class UserParams(Params):
    """A user by id."""

    user: str


class PasswordParams(Params):
    """A password to be set; `former` is the hash it replaces, None for any."""

    user: str
    password: str
    former: str | None
    now: datetime


class LinkParams(Params):
    """A link as of now."""

    hash: str
    now: datetime


class TakeResetParams(Params):
    """A link that is used."""

    hash: str
    password: str
    now: datetime


class FactorParams(Params):
    """A second factor that is being set up."""

    user: str
    sealed: str
    now: datetime


class CloseFactorParams(Params):
    """A second factor that was set up."""

    user: str
    sealed: str
    step: int
    recovery: list[str]
    now: datetime


class CodeParams(Params):
    """A code that is used, by its time step."""

    user: str
    step: int


class RecoveryParams(Params):
    """A recovery code that is used."""

    user: str
    hash: str


class RecoveryCodesParams(Params):
    """New recovery codes."""

    user: str
    recovery: list[str]


class LoginRow(Row):
    """Somebody who may come in, if they prove who they are."""

    user: str
    email: str
    name: str | None
    password: str | None
    is_suspended: bool
    factor: str | None
    is_known_device: bool


class ChoiceRow(Row):
    """An organization that may be entered."""

    org: str
    name: str


class UserRow(Row):
    """A user's id."""

    user: str


class LinkRow(Row):
    """Whose password a link may set."""

    user: str
    email: str
    name: str | None


class FactorRow(Row):
    """A second factor."""

    sealed: str
    created_at: datetime
    confirmed_at: datetime | None
    step: int
    recovery: list[str]


class LeftRow(Row):
    """How many recovery codes are left."""

    left: int


class DeletedRow(Row):
    """How many there were."""

    deleted: int


GET_LOGIN = Query("auth/get_login", LoginParams, LoginRow)
LIST_CHOICES = Query("auth/list_choices", UserParams, ChoiceRow)
UPSERT_PASSWORD = Query("auth/upsert_password", PasswordParams, UserRow)
GET_RESET = Query("auth/get_reset", LinkParams, LinkRow)
TAKE_RESET = Query("auth/take_reset", TakeResetParams, UserRow)
GET_FACTOR = Query("auth/get_factor", UserParams, FactorRow)
UPSERT_FACTOR = Query("auth/upsert_factor", FactorParams, UserRow)
CLOSE_FACTOR = Query("auth/close_factor", CloseFactorParams, UserRow)
TAKE_CODE = Query("auth/take_code", CodeParams, UserRow)
TAKE_RECOVERY_CODE = Query("auth/take_recovery_code", RecoveryParams, LeftRow)
RENEW_RECOVERY_CODES = Query("auth/renew_recovery_codes", RecoveryCodesParams, UserRow)
DELETE_FACTOR = Query("auth/delete_factor", UserParams, DeletedRow)
