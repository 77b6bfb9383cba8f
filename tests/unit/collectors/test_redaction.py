"""Secrets are taken out of texts and bytes, however they are spelled."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from collectors._kit.redaction import Redactor, redact

SECRET = 'p/a ss"w<ö>rd\\7'


def test_secrets_are_blanked_in_every_spelling_and_longest_first() -> None:
    said = redact("key=a%2Fb+c x=a/b c y=a/b cd", ["a/b c", "a/b cd", "y"])
    assert said == "key=[redacted] x=[redacted] y=[redacted]"


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        repr({"key": SECRET}),
        html.escape(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_spelling_is_known(spelled: str) -> None:
    redactor = Redactor([SECRET])

    assert redactor.finds(f"before {spelled} after")
    said = redactor.text(f"before {spelled} after")
    assert "[redacted]" in said
    assert not redactor.finds(said)
    assert redactor.body(f"before {spelled} after".encode()) == said.encode()


def test_nothing_is_taken_out_where_there_is_no_secret() -> None:
    for redactor in (Redactor([]), Redactor(["abc", ""])):
        assert redactor.is_idle
        assert redactor.text("abc") == "abc"
        assert redactor.body(b"abc") == b"abc"
        assert not redactor.finds("abc")
