"""Mail addresses, telephone numbers and handles."""

from __future__ import annotations

import pytest

from graph.errors import Refused
from graph.facts import Content
from graph.model.base import Relationship
from graph.model.contact import EmailAddress, PhoneNumber, UserAccount
from graph.model.values.contact import EMAIL, HANDLE, PHONE, phone_of, provider_form


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Jane.Doe+news@Gmail.com", "jane.doe+news@gmail.com"),
        ("mailto:JANE@Example.com", "jane@example.com"),
        ("<jane@example.com>", "jane@example.com"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
    ],
)
def test_mail_addresses(raw: str, expected: str) -> None:
    assert EMAIL(raw) == expected


@pytest.mark.parametrize(
    "raw",
    ["jane", "jane@", "@example.com", "a b@example.com", ".a@example.com", "a..b@example.com",
     "jane@localhost", "jane@[192.0.2.7]", "jane@*.example.com", '"a b"@example.com', "a@b@c",
     "x" * 65 + "@example.com", None],
)  # fmt: skip
def test_refused_mail_addresses(raw: object) -> None:
    with pytest.raises(Refused):
        EMAIL(raw)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("jane.doe+news@gmail.com", "janedoe@gmail.com"),
        ("jane.doe@googlemail.com", "janedoe@gmail.com"),
        ("jane-doe@yahoo.com", "jane@yahoo.com"),
        ("jane.doe+x@outlook.com", "jane.doe@outlook.com"),
        ("jane.doe+x@example.com", "jane.doe+x@example.com"),
        ("+x@gmail.com", "+x@gmail.com"),
    ],
)
def test_forms_that_providers_deliver_alike(email: str, expected: str) -> None:
    assert provider_form(email) == expected


def test_an_address_knows_its_domain_and_role() -> None:
    found = EmailAddress(address="Postmaster@Mail.Example.com")

    assert (found.domain, found.is_role_mailbox) == ("mail.example.com", True)
    assert not EmailAddress(address="jane@example.com").is_role_mailbox
    assert {(r[0][1], r[1], r[2][1]) for r in Content.of([found]).relationships} == {
        ("postmaster@mail.example.com", "MAILBOX_AT", "mail.example.com"),
        ("mail.example.com", "SUBDOMAIN_OF", "example.com"),
    }


def test_telephone_numbers() -> None:
    assert phone_of("(020) 7946 0018", "GB") == "+442079460018"
    assert PHONE("+44 20 7946 0018") == "+442079460018"
    assert PHONE("tel:+44-20-7946-0018") == "+442079460018"
    found = PhoneNumber(number="+44 7400 123456")
    assert (found.number, found.country, found.line) == ("+447400123456", "GB", "mobile")


@pytest.mark.parametrize("raw", ["(020) 7946 0018", "+44 1", "+999 123456", "hello", "", None])
def test_refused_telephone_numbers(raw: object) -> None:
    with pytest.raises(Refused):
        PHONE(raw)


def test_handles() -> None:
    assert HANDLE("@JaneDoe") == "janedoe"
    assert HANDLE("ＪａｎｅＤｏｅ") == "janedoe"
    for raw in ("@", "jane doe", "id:42", "a¦b", None):
        with pytest.raises(Refused):
            HANDLE(raw)


def test_an_account_is_known_by_id_before_handle() -> None:
    by_handle = UserAccount(platform="GitHub", handle="@JaneDoe")
    by_id = UserAccount(platform="github", account_id="583231", handle="JaneDoe")

    assert by_handle.key == "github¦janedoe"
    assert by_id.key == "github¦id:583231"
    assert [r.target.key for r in _implied(by_handle)] == ["janedoe"]
    assert _implied(by_id) == []  # the handle is no part of the key
    assert UserAccount(platform="github", handle="583231").key != by_id.key


def test_an_account_needs_an_id_or_a_handle() -> None:
    with pytest.raises(Refused, match="the platform's id or a handle is needed"):
        UserAccount(platform="github")


def _implied(account: UserAccount) -> list[Relationship]:
    return [fact for fact in account.implies() if isinstance(fact, Relationship)]
