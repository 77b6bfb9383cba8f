"""Values mentioned in a page: mail addresses, telephone numbers, accounts, wallets. Pure.

Only what its normaliser accepts is a value; telephone numbers need their country's code, since a
page does not say where it is from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from graph.errors import Refused
from graph.model.contact import EmailAddress, PhoneNumber, UserAccount
from graph.model.money import CryptoWallet
from graph.model.values.wallet import chain_of

_MOST = 200
_EMAIL = re.compile(r"(?<![\w.+%@/-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w@-])")
# What a page writes like an address of mail, and is the name of a picture (logo@2x.png).
_FILE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|avif|css|js)\Z", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])\+\d[\d ()./-]{6,18}\d(?!\d)")
_WALLET = re.compile(
    r"(?<![\w/])(?:0x[0-9a-fA-F]{40}|bc1[0-9a-z]{20,87}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)"
)
# Hosts on which the first step of a path is an account, and the platform's slug.
_PLATFORMS = {
    "github.com": "github", "gitlab.com": "gitlab", "twitter.com": "x", "x.com": "x",
    "facebook.com": "facebook", "instagram.com": "instagram", "linkedin.com": "linkedin",
    "youtube.com": "youtube", "t.me": "telegram", "mastodon.social": "mastodon.social",
    "bsky.app": "bluesky", "tiktok.com": "tiktok", "reddit.com": "reddit", "medium.com": "medium",
}  # fmt: skip
# Steps before the account's name, and first steps that are no accounts.
_BEFORE = frozenset({"company", "in", "profile", "user", "u", "c", "channel", "school"})
_NO_ACCOUNT = frozenset(
    {"share", "sharer", "sharer.php", "intent", "home", "search", "login", "signup", "about",
     "watch", "hashtag", "explore", "features", "pricing", "policy", "privacy", "terms", "dialog",
     "embed", "groups", "pages", "playlist", "results", "settings", "tr", "help", "legal", "orgs",
     "topics", "sponsors", "i", "r", "p", "reel", "feed", "shareArticle", "plugins"}
)  # fmt: skip


def emails_in(text: str, links: Iterable[str]) -> Iterator[EmailAddress]:
    """Addresses in the text and behind `mailto:` links, each once."""
    linked = (
        address.strip()
        for link in links
        if link.lower().startswith("mailto:")
        for address in unquote(link[7:].partition("?")[0]).split(",")
    )
    seen: set[str] = set()
    for raw in [*linked, *(m[0] for m in _EMAIL.finditer(text))][:_MOST]:
        if _FILE.search(raw):
            continue
        with suppress(Refused):
            found = EmailAddress(address=raw)
            if found.key not in seen:
                seen.add(found.key)
                yield found


def phones_in(text: str, links: Iterable[str]) -> Iterator[PhoneNumber]:
    """Numbers with a country's code, in the text and behind `tel:` links, each once."""
    linked = (unquote(link[4:]) for link in links if link.lower().startswith("tel:"))
    seen: set[str] = set()
    for raw in [*linked, *(m[0] for m in _PHONE.finditer(text))][:_MOST]:
        with suppress(Refused):
            found = PhoneNumber(number=raw)
            if found.key not in seen:
                seen.add(found.key)
                yield found


def accounts_in(links: Iterable[str]) -> Iterator[UserAccount]:
    """Accounts on known platforms that links lead to, each once."""
    seen: set[str] = set()
    for link in links:
        platform, handle = _account(link)
        if not handle:
            continue
        with suppress(Refused):
            found = UserAccount(platform=platform, handle=handle)
            if found.key not in seen and len(seen) < _MOST:
                seen.add(found.key)
                yield found


def wallets_in(text: str) -> Iterator[CryptoWallet]:
    """Wallets whose check digits hold, each once."""
    for raw in dict.fromkeys(m[0] for m in _WALLET.finditer(text)):
        with suppress(Refused):
            yield CryptoWallet(chain=chain_of(raw), address=raw)


def _account(link: str) -> tuple[str, str]:
    try:
        parts = urlsplit(link)
    except ValueError:
        return "", ""
    platform = _PLATFORMS.get((parts.hostname or "").lower().removeprefix("www."), "")
    steps = [step for step in parts.path.split("/") if step]
    if steps and steps[0] in _BEFORE:
        steps = steps[1:]
    if not platform or not steps or steps[0] in _NO_ACCOUNT:
        return "", ""
    return platform, unquote(steps[0]).removeprefix("@")
