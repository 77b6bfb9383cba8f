"""What the endpoints under /auth are sent, and how it is read: JSON of a known form, and nothing else."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request

from server.web.body import read_body
from server.web.problems import Problem
from server.web.question import media_type

B = TypeVar("B", bound="Body")

MOST_BYTES = 16_384

Short = Annotated[str, StringConstraints(max_length=320)]
Long = Annotated[str, StringConstraints(max_length=2_048)]


class Body(BaseModel):
    """A body: exactly these members, by their names in camelCase, of exactly these types."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )


class Nothing(Body):
    """A body that says nothing."""


class SignInBody(Body):
    """Signing in. `cookie` asks for a browser's session in place of tokens."""

    email: Short
    password: Long
    code: Short = ""
    organization: Short = ""
    cookie: bool = False


class RefreshBody(Body):
    """Going on with a refresh token."""

    refresh_token: Short


class SignOutBody(Body):
    """Signing out, by a refresh token or (without one) by what the request comes with."""

    refresh_token: Short = ""


class SwitchBody(Body):
    """Changing the organization."""

    organization: Short


class ForgotBody(Body):
    """Asking for a link."""

    email: Short


class ResetBody(Body):
    """Setting a password by a link."""

    token: Short
    password: Long


class ChangeBody(Body):
    """Setting a password by the current one."""

    current: Long
    password: Long


class PasswordBody(Body):
    """Proving that one is who is signed in."""

    password: Long


class CodeBody(Body):
    """A code of the authenticator app."""

    code: Short


class BothBody(Body):
    """A password and a code."""

    password: Long
    code: Short


class InvitationBody(Body):
    """Accepting an invitation."""

    token: Short
    name: Short
    password: Long


async def read(request: Request, form: type[B]) -> B:
    """The body of a request. Raises Problem, which never repeats what was sent.

    Another site's form can send only what needs no preflight; JSON is not among it.
    """
    if media_type(request) != "application/json":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "send application/json")
    try:
        return form.model_validate_json(await read_body(request, MOST_BYTES))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Problem("INVALID_BODY", f"{place}: {first['msg'].lower()}") from None
