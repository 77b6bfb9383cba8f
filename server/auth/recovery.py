"""Passwords set anew, by their owner or by a link from a mail, and second factors set up and taken away."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from graph.errors import MirageError
from graph.queries import auth_login as queries
from graph.queries.account import UPSERT_RESET, ResetParams
from server.auth.events import Happened, event
from server.auth.factors import Enrolment
from server.auth.guesses import DEVICE, MAILS, MAILS_FROM, Guesses, one_party
from server.auth.passwords import check_rules
from server.auth.policy import Permission, Principal
from server.auth.refusals import LinkRefused, SessionEnded, SignInRefused, TooManyGuesses
from server.auth.sessions import Client, hash_of
from server.auth.signin import Means, account_of

log = structlog.get_logger(__name__)

LINK_LIFE = timedelta(hours=1)
LONGEST_LINK = 200
ISSUER = "Mirage"
WRONG_PASSWORD = "the password is wrong"  # noqa: S105 - a sentence
WRONG_BOTH = "the password or the code is wrong"

Send = Callable[[str, str, str], Awaitable[None]]
"""Sends a mail: to whom, the subject, the text."""

_SUBJECT = "Set a new password for Mirage"
_TEXT = """\
Somebody, perhaps you, asked for a new password for {email} in Mirage.

To set one, open this link within an hour. It works once, and signs you out everywhere:

{link}

If it was not you, there is nothing to do: your password stays as it is.
"""
_CHANGED_SUBJECT = "Your password for Mirage was changed"
_CHANGED_TEXT = """\
The password of {email} in Mirage has just been changed.

If it was not you, ask for a new one at once: {link}
"""


@dataclass(frozen=True)
class Proofs:
    """Whether somebody has a password, which people who sign in by a provider alone have not, and a second factor."""

    password: bool
    factor: bool


class Recovery:
    """Sets passwords and second factors. One per process. Without `send` there is no mail, and links are not made."""

    def __init__(self, means: Means, guesses: Guesses, base: str, send: Send | None) -> None:
        """`base` is the address under which people reach Mirage, without a slash at its end."""
        self._means = means
        self._guesses = guesses
        self._base = base
        self._send = send

    async def forgot(self, email: str, client: Client) -> None:
        """Send a link to whoever has the address, if anybody does. To be called once the answer is given.

        Raises TooManyGuesses by address only, which is the same for every account.
        """
        account = account_of(email)
        user = await self._means.login_of(account)
        who = user.user if user else None
        await self._means.record.happened(event("PASSWORD_RESET_ASKED", who, client))
        if user is None or user.is_suspended or user.password is None:
            return
        if self._send is None:
            log.warning("a link for a new password was asked for, and no mail is set up")
            return
        try:
            await self._guesses.take(MAILS, account, "mails to one address")
        except TooManyGuesses:
            return  # whoever has the address has three mails already
        token = secrets.token_urlsafe(32)
        now = self._means.clock()
        params = ResetParams(
            email=user.email, hash=hash_of(token), now=now, expires_at=now + LINK_LIFE
        )
        await self._means.store.fetch_one(UPSERT_RESET.bind(params))
        link = f"{self._base}/password#{token}"
        await self._send(user.email, _SUBJECT, _TEXT.format(email=user.email, link=link))

    async def may_ask(self, client: Client) -> None:
        """Count a mail that somebody asks for. Raises TooManyGuesses."""
        await self._guesses.take(MAILS_FROM, one_party(client.address), "mails asked for")

    async def reset(self, token: str, password: str, client: Client) -> None:
        """Set a password by a link, and end all sessions. Raises LinkRefused, WeakPassword, HashingBusy."""
        asked = queries.LinkParams(hash=hash_of(token[:LONGEST_LINK]), now=self._means.clock())
        found = await self._means.store.fetch_one(queries.GET_RESET.bind(asked))
        if found is None:
            raise LinkRefused("the link was used, or has expired; ask for another")
        # The rules first: a link is not used up by a password that is not taken.
        check_rules(password, about=[found.email, found.name or ""])
        hashed = await self._means.passwords.hash_password(password)
        params = queries.TakeResetParams(hash=asked.hash, password=hashed, now=self._means.clock())
        async with self._means.record.around(event("PASSWORD_RESET", found.user, client)):
            if await self._means.store.fetch_one(queries.TAKE_RESET.bind(params)) is None:
                raise LinkRefused("the link was used, or has expired; ask for another")
            self._means.gate.forget_user(found.user)
        await self._notify_changed(found.email)

    async def hash_new(self, password: str, about: tuple[str, ...] = ()) -> str:
        """What is kept of a new password. Raises WeakPassword, HashingBusy."""
        check_rules(password, about=about)
        return await self._means.passwords.hash_password(password)

    async def proofs_of(self, principal: Principal) -> Proofs:
        """What there is to sign in by."""
        user = await self._means.login_of(principal.email)
        if user is None:
            return Proofs(password=False, factor=False)
        return Proofs(password=user.password is not None, factor=user.factor is not None)

    async def change(
        self, principal: Principal, current: str, password: str, client: Client
    ) -> None:
        """Set one's own password, and end all sessions but this one. Raises SignInRefused, WeakPassword, …."""
        await self._begin(principal)
        async with self._around("PASSWORD_CHANGED", principal, client):
            user = await self._again(principal, current)
            check_rules(password, about=[user.email, user.name or ""])
            hashed = await self._means.passwords.hash_password(password)
            params = queries.PasswordParams(
                user=user.user, password=hashed, former=user.password, now=self._means.clock()
            )
            if await self._means.store.fetch_one(queries.UPSERT_PASSWORD.bind(params)) is None:
                raise SignInRefused(WRONG_PASSWORD)
            await self._end_others(principal, "password changed")
        await self._notify_changed(user.email)

    async def begin_factor(self, principal: Principal, password: str) -> Enrolment:
        """Begin to set up a second factor. Raises SignInRefused, Conflict."""
        await self._begin(principal)
        user = await self._again(principal, password)
        return await self._means.factors.begin(user.user, user.email, ISSUER)

    async def confirm_factor(self, principal: Principal, code: str, client: Client) -> list[str]:
        """Finish it with its first code, and end all other sessions; gives the recovery codes."""
        await self._begin(principal)
        async with self._around("SECOND_FACTOR_ON", principal, client):
            codes = await self._means.factors.confirm(principal.user, code)
            await self._end_others(principal, "second factor set up")
        return codes

    async def remove_factor(
        self, principal: Principal, password: str, code: str, client: Client
    ) -> None:
        """Take the second factor away, by password and code. Raises SignInRefused."""
        await self._begin(principal)
        async with self._around("SECOND_FACTOR_OFF", principal, client):
            await self._prove_both(principal, password, code)
            await self._means.factors.remove(principal.user)

    async def renew_recovery_codes(
        self, principal: Principal, password: str, code: str, client: Client
    ) -> list[str]:
        """New recovery codes, by password and code. Raises SignInRefused."""
        await self._begin(principal)
        async with self._around("RECOVERY_CODES_RENEWED", principal, client):
            await self._prove_both(principal, password, code)
            return await self._means.factors.renew_recovery_codes(principal.user)

    async def _prove_both(self, principal: Principal, password: str, code: str) -> None:
        try:
            user = await self._again(principal, password)
            await self._means.factors.take(await self._means.factors.check(user.user, code))
        except SignInRefused as error:
            raise SignInRefused(WRONG_BOTH) from error

    async def _again(self, principal: Principal, password: str) -> queries.LoginRow:
        """Whoever is signed in, and knows the password: a session left open is not enough."""
        user = await self._means.login_of(principal.email)
        is_right = await self._means.passwords.verify(password, user.password if user else None)
        if user is None or not is_right:
            raise SignInRefused(WRONG_PASSWORD)
        await self._guesses.forget(DEVICE, _subject(principal))
        return user

    async def _begin(self, principal: Principal) -> None:
        """Count a try. Raises SessionEnded, NotPermitted, TooManyGuesses."""
        _need_session(principal)
        await self._guesses.take(DEVICE, _subject(principal), "wrong passwords or codes")

    async def _end_others(self, principal: Principal, why: str) -> None:
        ended = await self._means.sessions.end_all(principal.user, why, kept=principal.session)
        for session in ended:
            self._means.gate.forget(session)

    async def _notify_changed(self, email: str) -> None:
        """Tell the owner. That it cannot be told now does not undo the change."""
        if self._send is None:
            return
        text = _CHANGED_TEXT.format(email=email, link=f"{self._base}/password")
        try:
            await self._send(email, _CHANGED_SUBJECT, text)
        except MirageError:
            log.exception("a user was not told of a changed password")

    def _around(
        self, happened: Happened, principal: Principal, client: Client
    ) -> AbstractAsyncContextManager[None]:
        more = {"org": principal.org, "session": principal.session}
        return self._means.record.around(event(happened, principal.user, client, **more))


def _need_session(principal: Principal) -> None:
    """Raise unless a person is signed in: a key that leaked must not take the account over."""
    if not principal.session:
        raise SessionEnded("an API key cannot do this; sign in")
    principal.require(Permission.EDIT_ACCOUNT, "changing how you sign in")


def _subject(principal: Principal) -> str:
    return f"{principal.user}\nsession {principal.session}"
