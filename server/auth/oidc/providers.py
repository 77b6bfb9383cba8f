"""The providers by which people may sign in, as the setting `MIRAGE_OIDC_PROVIDERS` gives them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from authlib.common.security import is_secure_transport
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from server.auth.oidc.refusals import InvalidProviders

Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Clearance: TypeAlias = Literal["CLEAR", "GREEN", "AMBER", "AMBER_STRICT", "RED"]
Domain: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]

_FORM = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RoleRule(BaseModel):
    """Whoever has `value` in `claim` belongs to `organization`, with this role and clearance.

    `claim` is the name of a claim, or the names that lead to one inside another. A rule without a claim is for
    everybody with a verified address in an allowed domain.
    """

    model_config = _FORM

    claim: tuple[Text, ...] = ()
    value: str | bool | int = ""
    organization: Text
    role: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_ -]{0,63}$")]
    clearance: Clearance = "CLEAR"

    @field_validator("claim", mode="before")
    @classmethod
    def _as_path(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _has_both(self) -> RoleRule:
        if bool(self.claim) != (self.value != ""):
            raise ValueError("claim and value are given both or not at all")
        return self


class Provider(BaseModel):
    """One provider. Its address for answers is PUBLIC_URL/auth/oidc/NAME/callback."""

    model_config = _FORM

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
    title: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    issuer: Text
    client_id: Text
    client_secret: SecretStr = SecretStr("")
    scopes: tuple[Text, ...] = ("openid", "email", "profile")
    roles: tuple[RoleRule, ...] = ()
    allowed_domains: tuple[Domain, ...] = ()
    auto_provision: bool = False
    verified_claim: Text = "email_verified"
    acr: tuple[Text, ...] = ()
    amr: tuple[Text, ...] = ()
    max_age_s: Annotated[int, Field(ge=0, le=31_536_000)] | None = None

    @field_validator("issuer")
    @classmethod
    def _is_an_issuer(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        if parts.query or parts.fragment or "@" in parts.netloc or not is_secure_transport(issuer):
            raise ValueError("an https address without query is right (http at loopback only)")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _asks_for_identity(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("openid has to be among them")
        return scopes

    @model_validator(mode="after")
    def _trusts_some_domain(self) -> Provider:
        # Else whoever can set an address at the provider could take the place of somebody who is to come later.
        is_for_all = any(not rule.claim for rule in self.roles)
        if (self.auto_provision or is_for_all) and not self.allowed_domains:
            raise ValueError("auto_provision and rules without a claim need allowed_domains")
        return self

    @property
    def method(self) -> str:
        """How sessions name it."""
        return f"OIDC:{self.name}"


_LIST = TypeAdapter(tuple[Provider, ...])


def providers_of(setting: SecretStr) -> tuple[Provider, ...]:
    """The providers of the setting, in its order. Raises InvalidProviders, which never repeats what was given."""
    text = setting.get_secret_value().strip()
    if not text:
        return ()
    try:
        found = _LIST.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the list"
        raise InvalidProviders(f"MIRAGE_OIDC_PROVIDERS: {place}: {first['msg'].lower()}") from None
    for what in ("name", "issuer"):
        often = Counter(getattr(each, what) for each in found)
        if twice := [value for value, count in often.items() if count > 1]:
            raise InvalidProviders(f"MIRAGE_OIDC_PROVIDERS: two have the {what} {twice[0]}")
    return found
