"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

The secret lies sealed in the graph. A code is good for its half minute and the ones beside it, and once.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyotp

from graph.errors import Conflict
from graph.queries import auth_login as queries
from graph.store import Store
from server.auth.refusals import SignInRefused
from server.auth.sessions import hash_of
from server.vault.envelope import Sealing
from server.vault.places import place

STEP_S = 30
STEPS_BESIDE = 1
DIGITS = 6
SET_UP_WITHIN = timedelta(minutes=15)
RECOVERY_CODES = 10

# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE = re.compile(r"[0-9]{6}\Z")
_WRONG = "the code is wrong"


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs: the secret, and the same as an address to show as a picture."""

    secret: str
    uri: str


@dataclass(frozen=True)
class Shown:
    """A code that is good now: its time step, or what is kept of a recovery code."""

    user: str
    step: int = -1
    recovery: str = ""

    @property
    def method(self) -> str:
        """What kind of code it is."""
        return "RECOVERY" if self.recovery else "TOTP"


class SecondFactors:
    """Sets up, checks and removes second factors. One per process."""

    def __init__(
        self,
        store: Store,
        masters: Sealing,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._masters = masters
        self._clock = clock

    async def begin(self, user: str, email: str, issuer: str) -> Enrolment:
        """Begin to set one up. Raises Conflict where one is in use."""
        secret = pyotp.random_base32()
        sealed = self._masters.seal(secret.encode(), _context(user))
        params = queries.FactorParams(user=user, sealed=sealed, now=self._clock())
        if await self._store.fetch_one(queries.UPSERT_FACTOR.bind(params)) is None:
            raise Conflict("a second factor is in use; take it away before setting up another")
        return Enrolment(
            secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)
        )

    async def confirm(self, user: str, code: str) -> list[str]:
        """Finish setting it up with its first code; gives the recovery codes. Raises Conflict, SignInRefused."""
        row = await self._store.fetch_one(queries.GET_FACTOR.bind(queries.UserParams(user=user)))
        now = self._clock()
        if row is None or row.confirmed_at is not None or row.created_at + SET_UP_WITHIN < now:
            raise Conflict("no second factor is being set up; begin anew")
        step = self._step_of(user, row.sealed, code)
        if step is None:
            raise SignInRefused(_WRONG)
        codes, hashes = new_recovery_codes()
        params = queries.CloseFactorParams(
            user=user, sealed=row.sealed, step=step, recovery=hashes, now=now
        )
        if await self._store.fetch_one(queries.CLOSE_FACTOR.bind(params)) is None:
            raise Conflict("the second factor was set up otherwise meanwhile")
        return codes

    async def check(self, user: str, code: str) -> Shown:
        """Whether a code would be good now; using it is `take`. Raises SignInRefused."""
        row = await self._store.fetch_one(queries.GET_FACTOR.bind(queries.UserParams(user=user)))
        if row is not None and row.confirmed_at is not None:
            if _CODE.match(plain(code)):
                step = self._step_of(user, row.sealed, code)
                if step is not None and step > row.step:
                    return Shown(user, step=step)
            elif (hashed := hash_of(plain(code))) in row.recovery:
                return Shown(user, recovery=hashed)
        raise SignInRefused(_WRONG)

    async def take(self, shown: Shown) -> None:
        """Use a code, which is good no second time. Raises SignInRefused where another request used it meanwhile."""
        if shown.recovery:
            used = queries.RecoveryParams(user=shown.user, hash=shown.recovery)
            row: object = await self._store.fetch_one(queries.TAKE_RECOVERY_CODE.bind(used))
        else:
            taken = queries.CodeParams(user=shown.user, step=shown.step)
            row = await self._store.fetch_one(queries.TAKE_CODE.bind(taken))
        if row is None:
            raise SignInRefused(_WRONG)

    async def renew_recovery_codes(self, user: str) -> list[str]:
        """New recovery codes; former ones open nothing any longer. Raises Conflict without a second factor."""
        codes, hashes = new_recovery_codes()
        params = queries.RecoveryCodesParams(user=user, recovery=hashes)
        if await self._store.fetch_one(queries.RENEW_RECOVERY_CODES.bind(params)) is None:
            raise Conflict("there is no second factor")
        return codes

    async def remove(self, user: str) -> None:
        """Take it away."""
        await self._store.fetch_one(queries.DELETE_FACTOR.bind(queries.UserParams(user=user)))

    def _step_of(self, user: str, sealed: str, code: str) -> int | None:
        """The time step that a code belongs to, of those that are good now."""
        secret = self._masters.open(sealed, _context(user)).decode()
        made = pyotp.TOTP(secret)
        now = int(self._clock().timestamp()) // STEP_S
        found = None
        for step in range(now - STEPS_BESIDE, now + STEPS_BESIDE + 1):
            if hmac.compare_digest(made.generate_otp(step), plain(code)):
                found = step
        return found


def plain(code: str) -> str:
    """A code without what people write into it: spaces, dashes, capitals."""
    return re.sub(r"[\s-]+", "", code).lower() if code.isascii() else ""


def new_recovery_codes() -> tuple[list[str], list[str]]:
    """Ten codes of 79 bits, and what is kept of each: nobody tries through what a plain hash hides of those."""
    made = ["".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    shown = ["-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in made]
    return shown, [hash_of(code) for code in made]


def _context(user: str) -> str:
    return place("SecondFactor", user=user)
