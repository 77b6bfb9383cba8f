"""Which software an answer shows, by the signatures of `technologies.toml`. Pure."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from collectors._kit.base import HttpResponse
from collectors.http.page import page_of

_FIELDS = frozenset({"product", "name", "header", "cookie", "generator", "script", "text"})


@dataclass(frozen=True)
class Technology:
    """A piece of software and what shows it."""

    product: str
    name: str
    headers: tuple[tuple[str, re.Pattern[str]], ...]
    cookie: re.Pattern[str] | None
    generator: re.Pattern[str] | None
    script: re.Pattern[str] | None
    text: re.Pattern[str] | None


@dataclass(frozen=True)
class Seen:
    """A technology that an answer shows, and its version where that is shown, too."""

    technology: Technology
    version: str


@functools.cache
def technologies() -> tuple[Technology, ...]:
    """The table."""
    raw = tomllib.loads((Path(__file__).parent / "technologies.toml").read_text("utf-8"))
    return tuple(_technology(one) for one in raw["technology"])


def seen_in(answer: HttpResponse) -> Iterator[Seen]:
    """Each technology that `answer` shows."""
    shown = _Shown.of(answer)
    for technology in technologies():
        versions = [match.groupdict().get("version") for match in shown.matches(technology)]
        if versions:
            yield Seen(technology, next((v for v in versions if v), ""))


@dataclass(frozen=True)
class _Shown:
    """Where patterns look."""

    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    generator: str
    scripts: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, answer: HttpResponse) -> _Shown:
        headers: dict[str, str] = {}
        for name, value in answer.headers:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        page = page_of(answer)
        return cls(
            headers,
            tuple(v.partition("=")[0].strip() for n, v in answer.headers if n == "set-cookie"),
            page.metas.get("generator", "") if page else "",
            tuple(f"/{s.lstrip('/')}" for s, _ in (*page.scripts, *page.styles)) if page else (),
            page.text if page else "",
        )

    def matches(self, technology: Technology) -> Iterator[re.Match[str]]:
        """What of `technology` is found, in the order in which versions count."""
        tried: list[tuple[re.Pattern[str] | None, str]] = [
            (pattern, self.headers.get(name, "")) for name, pattern in technology.headers
        ]
        tried.append((technology.generator, self.generator))
        tried += [(technology.script, script) for script in self.scripts]
        tried.append((technology.text, self.text))
        tried += [(technology.cookie, cookie) for cookie in self.cookies]
        for pattern, text in tried:
            found = pattern.search(text) if pattern and text else None
            if found:
                yield found


def _technology(raw: Mapping[str, object]) -> Technology:
    unknown = set(raw) - _FIELDS
    if unknown:
        raise ValueError(f"technologies.toml: {raw.get('name')}: {sorted(unknown)} is not known")
    headers = raw.get("header", {})
    assert isinstance(headers, dict)  # noqa: S101  (the table's own form)
    return Technology(
        str(raw["product"]),
        str(raw["name"]),
        tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in headers.items()),
        _pattern(raw, "cookie"),
        _pattern(raw, "generator"),
        _pattern(raw, "script"),
        _pattern(raw, "text"),
    )


def _pattern(raw: Mapping[str, object], name: str) -> re.Pattern[str] | None:
    return re.compile(str(raw[name]), re.IGNORECASE) if name in raw else None
