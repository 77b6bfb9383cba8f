"""The endpoints under /auth: signing in and out, tokens, passwords, second factors. JSON in, JSON or a problem out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import MirageError, NotFound
from server.auth.events import event
from server.auth.policy import Principal
from server.auth.sessions import Client
from server.auth.signin import Given, SignedIn
from server.auth.signing import TOKEN_LIFE
from server.web import bodies, metrics
from server.web.cookies import (
    check_same_site,
    csrf_token,
    drop_session,
    keep_session,
    new_device,
    session_cookie,
)
from server.web.credentials import admit_request, client_of
from server.web.door import client_address
from server.web.pictures import qr_code
from server.web.problems import Problem, problem_response, refusal_response
from server.web.reception import Reception

Endpoint = Callable[[Request], Awaitable[Response]]

JWKS = "/.well-known/jwks.json"
JWKS_KEPT_S = 300


def _guarded(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose refusals are problem documents."""

    async def run(request: Request) -> Response:
        correlation_id: str = request.scope["correlation_id"]
        try:
            return await endpoint(request)
        except Problem as problem:
            metrics.REFUSALS.labels(problem.code).inc()
            return problem_response(problem.code, problem.detail, correlation_id)
        except MirageError as error:
            metrics.REFUSALS.labels(error.code).inc()
            return refusal_response(error, correlation_id)

    return run


async def sign_in(request: Request) -> Response:
    """Begin a session by password: tokens for a program, a cookie for a browser."""
    body = await bodies.read(request, bodies.SignInBody)
    check_same_site(request)
    client, former = client_of(request), ""
    if body.cookie:
        device = client.device or new_device()
        client, former = _with_device(client, device), session_cookie(request)
    given = Given(
        body.email,
        body.password,
        body.code,
        body.organization,
        "COOKIE" if body.cookie else "TOKEN",
    )
    # A new mark is no device that is known: it only becomes one when this has gone well.
    done = await _reception(request).sign_in.sign_in(given, client, former)
    return _begun(request, done, client.device)


async def refresh(request: Request) -> Response:
    """The next tokens for a refresh token."""
    body = await bodies.read(request, bodies.RefreshBody)
    done = await _reception(request).sign_in.refresh(body.refresh_token, client_of(request))
    return _begun(request, done)


async def sign_out(request: Request) -> Response:
    """End the session that asks, or the one that a refresh token belongs to."""
    body = await bodies.read(request, bodies.SignOutBody)
    reception, client = _reception(request), client_of(request)
    if body.refresh_token:
        await reception.sign_in.sign_out_token(body.refresh_token, client)
        return Response(status_code=204)
    principal = await admit_request(reception.gate, request)
    await reception.sign_in.sign_out(principal, client)
    response = Response(status_code=204)
    drop_session(request, response)
    return response


async def switch(request: Request) -> Response:
    """A session in another organization in place of this one."""
    body = await bodies.read(request, bodies.SwitchBody)
    principal = await admit_request(_reception(request).gate, request)
    client = client_of(request)
    done = await _reception(request).sign_in.switch(principal, body.organization, client)
    return _begun(request, done, client.device)


async def session(request: Request) -> Response:
    """Who is signed in, and for a browser the token that its requests need. That nobody is, is no fault."""
    reception = _reception(request)
    cookie = session_cookie(request)
    if "authorization" not in request.headers and not cookie:
        return _json({"user": None})
    if "authorization" in request.headers:
        principal, token = await admit_request(reception.gate, request), ""
    else:
        check_same_site(request)
        principal = await reception.gate.admit_cookie(cookie, client_address(request.scope))
        token = csrf_token(cookie)
    choices = await reception.sign_in.choices(principal.user)
    said: dict[str, Any] = {
        "user": {"id": principal.user, "email": principal.email},
        "organization": {"id": principal.org, "name": principal.org_name},
        "role": principal.role,
        "session": principal.session or None,
    }
    if principal.session:
        said["organizations"] = [{"id": each.org, "name": each.name} for each in choices]
        proofs = await reception.recovery.proofs_of(principal)
        said["password"], said["secondFactor"] = proofs.password, proofs.factor
    if token:
        said["csrfToken"] = token
    return _json(said)


async def forgot(request: Request) -> Response:
    """Send a link for a new password to whoever has the address. The answer is the same if nobody has."""
    body = await bodies.read(request, bodies.ForgotBody)
    reception, client = _reception(request), client_of(request)
    await reception.recovery.may_ask(client)
    reception.chores.start(reception.recovery.forgot(body.email, client))
    return _json({}, 202)


async def reset(request: Request) -> Response:
    """Set a password by a link."""
    body = await bodies.read(request, bodies.ResetBody)
    await _reception(request).recovery.reset(body.token, body.password, client_of(request))
    response = Response(status_code=204)
    drop_session(request, response)
    return response


async def change(request: Request) -> Response:
    """Set a password by the current one."""
    body, principal, reception = await _signed_in(request, bodies.ChangeBody)
    await reception.recovery.change(principal, body.current, body.password, client_of(request))
    return Response(status_code=204)


async def begin_factor(request: Request) -> Response:
    """Begin to set up a second factor."""
    body, principal, reception = await _signed_in(request, bodies.PasswordBody)
    enrolment = await reception.recovery.begin_factor(principal, body.password)
    picture = qr_code(enrolment.uri)
    return _json({"secret": enrolment.secret, "uri": enrolment.uri, "picture": picture})


async def confirm_factor(request: Request) -> Response:
    """Finish setting it up; the recovery codes are shown this once."""
    body, principal, reception = await _signed_in(request, bodies.CodeBody)
    codes = await reception.recovery.confirm_factor(principal, body.code, client_of(request))
    return _json({"recoveryCodes": codes})


async def remove_factor(request: Request) -> Response:
    """Take the second factor away."""
    body, principal, reception = await _signed_in(request, bodies.BothBody)
    client = client_of(request)
    await reception.recovery.remove_factor(principal, body.password, body.code, client)
    return Response(status_code=204)


async def recovery_codes(request: Request) -> Response:
    """New recovery codes in place of the former ones."""
    body, principal, reception = await _signed_in(request, bodies.BothBody)
    client = client_of(request)
    codes = await reception.recovery.renew_recovery_codes(
        principal, body.password, body.code, client
    )
    return _json({"recoveryCodes": codes})


async def accept_invitation(request: Request) -> Response:
    """Come in by an invitation. There is none to accept unless the application was given what accepts them."""
    body = await bodies.read(request, bodies.InvitationBody)
    reception = _reception(request)
    if reception.accept_invitation is None:
        raise NotFound("there are no invitations here")
    client = client_of(request)
    await reception.recovery.may_ask(client)

    async def hash_new(password: str) -> str:
        return await reception.recovery.hash_new(password, (body.name,))

    # Before, nobody knows whose it is: the act is the platform's, and that it was done the organization's, too.
    async with reception.record.around(event("INVITATION_ACCEPTED", None, client)):
        org = await reception.accept_invitation(body.token, body.name, body.password, hash_new)
    await reception.record.happened(event("INVITATION_ACCEPTED", None, client, org=org))
    return _json({"organization": org}, 201)


async def jwks(request: Request) -> Response:
    """The keys that access tokens are checked by, for everybody."""
    keys = orjson.dumps(await _reception(request).signing.published())
    kept = {"Cache-Control": f"public, max-age={JWKS_KEPT_S}"}
    return Response(keys, headers=kept, media_type="application/jwk-set+json")


def auth_routes() -> list[Route]:
    """The routes of this module."""
    posts = {
        "/auth/sign-in": sign_in, "/auth/refresh": refresh, "/auth/sign-out": sign_out, "/auth/switch": switch,
        "/auth/password/forgot": forgot, "/auth/password/reset": reset, "/auth/password/change": change,
        "/auth/second-factor/begin": begin_factor, "/auth/second-factor/confirm": confirm_factor,
        "/auth/second-factor/remove": remove_factor, "/auth/second-factor/recovery-codes": recovery_codes,
        "/auth/invitation/accept": accept_invitation,
    }  # fmt: skip
    return [
        *(Route(path, _guarded(endpoint), methods=["POST"]) for path, endpoint in posts.items()),
        Route("/auth/session", _guarded(session), methods=["GET"]),
        Route(JWKS, _guarded(jwks), methods=["GET"]),
    ]


def _reception(request: Request) -> Reception:
    reception: Reception = request.app.state.services.reception
    return reception


async def _signed_in(
    request: Request, form: type[bodies.B]
) -> tuple[bodies.B, Principal, Reception]:
    body, reception = await bodies.read(request, form), _reception(request)
    return body, await admit_request(reception.gate, request), reception


def _begun(request: Request, done: SignedIn, device: str = "") -> Response:
    """The answer to whoever has a session now."""
    issued = done.issued
    said: dict[str, Any] = {
        "session": issued.id,
        "organization": issued.org,
        "expiresAt": issued.expires_at.isoformat(),
    }
    if issued.kind == "COOKIE":
        response = _json(said | {"csrfToken": csrf_token(issued.secret)})
        keep_session(request, response, issued.secret, device, issued.expires_at)
        return response
    return _json(
        said
        | {
            "accessToken": done.access_token,
            "tokenType": "Bearer",
            "expiresIn": int(TOKEN_LIFE.total_seconds()),
            "refreshToken": issued.secret,
        }
    )


def _with_device(client: Client, device: str) -> Client:
    return replace(client, device=device)


def _json(said: object, status: int = 200) -> Response:
    return Response(orjson.dumps(said), status, media_type="application/json")
