"""What analysts type, and text that was made harmless."""

from __future__ import annotations

from typing import ClassVar

import pytest

from graph.errors import Refused
from graph.model.base import Entity
from graph.model.detection import detected
from graph.model.registry import detect, kinds, make
from graph.model.values.refang import refang


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("example.com", "DomainName", "example.com"),
        ("*.example.com", "DomainName", "example.com"),
        ("Bücher.de.", "DomainName", "xn--bcher-kva.de"),
        ("printer.local", "DomainName", "printer.local"),
        ("192.0.2.7", "IPAddress", "192.0.2.7"),
        ("2001:DB8::1", "IPAddress", "2001:db8::1"),
        ("::1", "IPAddress", "::1"),
        ("192.0.2.0/24", "Netblock", "192.0.2.0/24"),
        ("2001:db8::/32", "Netblock", "2001:db8::/32"),
        ("192.0.2.0 - 192.0.2.255", "Netblock", "192.0.2.0/24"),
        ("AS64500", "AutonomousSystem", "64500"),
        ("as1.10", "AutonomousSystem", "65546"),
        ("https://example.com", "URL", "https://example.com/"),
        ("tcp://192.0.2.7:443", "NetworkService", "tcp://192.0.2.7:443"),
        ("Jane@Example.com", "EmailAddress", "jane@example.com"),
        ("@Jane", "Username", "jane"),
        ("+44 20 7946 0018", "PhoneNumber", "+442079460018"),
        ("cve-2021-44228", "Vulnerability", "CVE-2021-44228"),
        ("cpe:2.3:a:f5:nginx:1.25:*", "SoftwareRelease", "a:f5:nginx¦1.25"),
        ("cpe:/o:linux:linux_kernel", "SoftwareProduct", "o:linux:linux_kernel"),
        ("D41D8CD98F00B204E9800998ECF8427E", "File", "md5:d41d8cd98f00b204e9800998ecf8427e"),
        ("a" * 40, "File", "sha1:" + "a" * 40),
        ("a" * 64, "File", "a" * 64),
        ("lei:529900T8BM49AURSDO55", "LegalEntity", "lei:529900T8BM49AURSDO55"),
        ("wd:q42", "LegalEntity", "wd:Q42"),
        ("GB82 WEST 1234 5698 7654 32", "BankAccount", "GB82WEST12345698765432"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "CryptoWallet",
         "bitcoin¦1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ],
)  # fmt: skip
def test_a_seed_names_one_entity(text: str, kind: str, key: str) -> None:
    found = detect(text)

    assert (found.label, found.key) == (kind, key)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("example", "accepted are"),
        ("readme.notatld", "there is no such top-level domain"),
        ("10.0.0", "four numbers from 0 to 255"),
        ("192.0.2.0-192.0.2.130", "it is a range of 3 blocks"),
        ("AS0", "it lies outside 1 to 4294967295"),
        ("CVE-1", "CVE-2026-12345 is right"),
        ("+44 20 7946", "no numbering plan has such a number"),
        ("+44 1", "the country's code and the number are right"),
        ("look at example.com", "accepted are"),
        ("", "it is empty"),
    ],
)
def test_a_refused_seed_says_why(text: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        detect(text)


def test_a_refused_seed_says_all_that_is_accepted() -> None:
    with pytest.raises(Refused) as refusal:
        detect("example")

    assert all(k.seed_hint in refusal.value.reason for k in kinds().values() if k.seed_form)


class _Twin(Entity, abstract=True):
    """A kind for this test alone, whose seeds look like those of domain names."""

    seed_form: ClassVar[str] = r".*\.com"
    seed_hint: ClassVar[str] = "a twin"

    @classmethod
    def from_seed(cls, text: str) -> Entity:
        return make("DomainName", text)


def test_a_seed_that_could_be_two_things_is_refused() -> None:
    with pytest.raises(Refused, match="it could be DomainName and DomainName"):
        detected("example.com", (kinds()["DomainName"], _Twin))


def test_makes_by_kind_and_key() -> None:
    assert make("DomainName", "Example.com").key == "example.com"
    with pytest.raises(Refused, match="known are AttackPattern, AutonomousSystem"):
        make("Domain", "example.com")
    with pytest.raises(Refused, match="its form is product¦version"):
        make("SoftwareRelease", "nginx")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hxxps://evil[.]example/x", "https://evil.example/x"),
        ("hXXp://evil(dot)example", "http://evil.example"),
        ("h**p://evil.example", "http://evil.example"),
        ("fxp://evil[.]example", "ftp://evil.example"),
        ("hxxp[://]evil.example/", "http://evil.example/"),
        ("http[:]//evil[.]example", "http://evil.example"),
        ("192.0.2[.]7", "192.0.2.7"),
        ("2001[:]db8[:]:1", "2001:db8::1"),
        ("bob[at]evil[dot]example", "bob@evil.example"),
        ("bob (at) evil (dot) example", "bob@evil.example"),
        ("evil dot example", "evil.example"),
        ("evil\\.example", "evil.example"),
        ("evil[.example", "evil.example"),
        ("evil{.}example", "evil.example"),
        # What must stay as it is.
        ("http://[::1]/", "http://[::1]/"),
        ("http://ok.example/a[1]?b={c}", "http://ok.example/a[1]?b={c}"),
        ("a long dot matrix, printed", "a long dot matrix, printed"),
        ("https://ok.example/hxxp", "https://ok.example/hxxp"),
    ],
)
def test_refanging(text: str, expected: str) -> None:
    assert refang(text) == expected
    assert refang(expected) == expected
