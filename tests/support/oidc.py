"""A small but real OpenID Connect provider on a loopback port, which can be told to misbehave."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from server.web.serving import listen

Claims = dict[str, Any]
SECRET = "a secret: with/odd+signs"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig"})


@dataclass
class Conduct:
    """How the provider behaves; everything usual unless told."""

    claims: Claims = field(default_factory=dict)
    without: tuple[str, ...] = ()
    metadata: Claims = field(default_factory=dict)
    says_issuer: bool = True
    checks_pkce: bool = True
    make_token: Callable[[Claims], str] | None = None
    answer_with: Claims = field(default_factory=dict)
    replies: dict[str, Callable[[], Response]] = field(default_factory=dict)
    slow_s: dict[str, float] = field(default_factory=dict)


@dataclass
class Code:
    """An authorization code, with what it was given for."""

    query: dict[str, str]
    claims: Claims


class OidcProvider:
    """Signs in whoever `user` is, without asking. One application is registered: `client_id`, its callback."""

    def __init__(self, redirect_uri: str) -> None:
        self.issuer = ""
        self.client_id = f"mirage-{uuid.uuid4()}"
        self.redirect_uri = redirect_uri
        self.reset()

    def reset(self) -> None:
        """Forget everything told and issued."""
        self.keys: list[RSAKey | ECKey | OKPKey] = [RSA]
        self.algorithm = "RS256"
        self.user: Claims = {"sub": str(uuid.uuid4())}
        self.conduct = Conduct()
        self.codes: dict[str, Code] = {}
        self.asked: list[str] = []
        self.redeemed: list[dict[str, str]] = []
        self.last: Claims = {}

    def count(self, what: str) -> int:
        """How often an endpoint was asked."""
        return self.asked.count(what)

    def sign(self, claims: Claims, **header: Any) -> str:
        """A token of the provider's own."""
        key = self.keys[-1]
        said = {"alg": self.algorithm, "kid": key.kid, "typ": "JWT"} | header
        said = {name: value for name, value in said.items() if value is not None}
        registry = jws.JWSRegistry(algorithms=[said["alg"]], strict_check_header=False)
        return jwt.encode(said, claims, key, registry=registry)

    async def discovery(self) -> Response:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "PS256", "EdDSA"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "authorization_response_iss_parameter_supported": self.conduct.says_issuer,
        }
        return JSONResponse(said | self.conduct.metadata)

    async def jwks(self) -> Response:
        return JSONResponse(KeySet(list(self.keys)).as_dict(private=False))

    def authorize(self, query: dict[str, str]) -> Response:
        """Give a code, as RFC 6749 and 7636 ask for."""
        if query.get("client_id") != self.client_id or query["redirect_uri"] != self.redirect_uri:
            return Response("unknown client or redirect_uri", 400)
        is_right = query.get("response_type") == "code" and "openid" in query["scope"].split()
        is_pkce = query.get("code_challenge_method") == "S256" and query.get("code_challenge")
        if not (is_right and is_pkce):
            return self._back(error="invalid_request", state=query.get("state", ""))
        code = secrets.token_urlsafe(16)
        self.codes[code] = Code(query, dict(self.user))
        return self._back(code=code, state=query["state"])

    def _back(self, **said: str) -> Response:
        issuer = {"iss": self.issuer} if self.conduct.says_issuer else {}
        query = {**said, **issuer, **self.conduct.answer_with}
        told = urlencode({name: value for name, value in query.items() if value is not None})
        return RedirectResponse(f"{self.redirect_uri}?{told}", 303)

    def token(self, form: dict[str, str], authorization: str) -> Response:
        """Give tokens for a code, once, to whom it was given."""
        self.redeemed.append(form)
        if not self._is_client(authorization):
            return JSONResponse({"error": "invalid_client"}, 401)
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or form.get("redirect_uri") != code.query["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        challenge = create_s256_code_challenge(form.get("code_verifier", ""))
        if self.conduct.checks_pkce and challenge != code.query["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(self._tokens(code))

    def _is_client(self, authorization: str) -> bool:
        kind, _, given = authorization.partition(" ")
        name, _, secret = base64.b64decode(given).decode().partition(":")
        known = (self.client_id, SECRET)
        return kind == "Basic" and (unquote_plus(name), unquote_plus(secret)) == known

    def _tokens(self, code: Code) -> Claims:
        now = int(time.time())
        access = self.sign({"iss": self.issuer, "aud": self.issuer, "sub": "x"}, typ="at+jwt")
        hashed = create_half_hash(access, self.algorithm.replace("Ed25519", "EdDSA"))
        claims = {
            "iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": code.query.get("nonce"), "at_hash": hashed.decode(),
        }  # fmt: skip
        claims = claims | code.claims | self.conduct.claims
        self.last = {k: v for k, v in claims.items() if k not in self.conduct.without}
        token = self.conduct.make_token(self.last) if self.conduct.make_token else None
        return {
            "access_token": access, "token_type": "Bearer", "expires_in": 300,
            "id_token": token or self.sign(self.last),
        }  # fmt: skip

    async def serve(self, what: str, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Answer as told."""
        self.asked.append(what)
        await asyncio.sleep(self.conduct.slow_s.get(what, 0))
        reply = self.conduct.replies.get(what)
        return reply() if reply else await answer()

    def app(self) -> Starlette:
        """Its application."""

        async def discovery(_: Request) -> Response:
            return await self.serve("discovery", self.discovery)

        async def jwks(_: Request) -> Response:
            return await self.serve("jwks", self.jwks)

        async def authorize(request: Request) -> Response:
            self.asked.append("authorize")
            return self.authorize(dict(request.query_params))

        async def token(request: Request) -> Response:
            form = {name: str(value) for name, value in (await request.form()).items()}
            authorization = request.headers.get("authorization", "")

            async def answer() -> Response:
                return self.token(form, authorization)

            return await self.serve("token", answer)

        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", discovery),
                Route("/jwks", jwks),
                Route("/authorize", authorize),
                Route("/token", token, methods=["POST"]),
            ]
        )


@contextlib.asynccontextmanager
async def running(provider: OidcProvider) -> AsyncIterator[OidcProvider]:
    """The provider on a port of its own."""
    listening = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(provider.app(), lifespan="off", log_level="warning"))
    provider.issuer = "http://{}:{}".format(*listening.getsockname())
    serving = asyncio.create_task(server.serve([listening]))
    while not server.started:
        if serving.done():
            serving.result()
        await asyncio.sleep(0.02)
    yield provider
    server.should_exit = True
    await serving
