from collectors._kit.testing import described, replay
from collectors.crtsh.crtsh import CrtSh
from graph.facts import Outcome

CERTIFICATE = "TLSCertificate 36dbb4400a1d25f92397ef6c9d3c866cac49b1d7e3f4566a20bc48ae9573711d"
KEY = "PublicKey bbc555a8dc06b30bece5f0e14c5114f03eca1c9fc3c23484a0193a6f887d9d2e"
NAMES = {
    "DomainName old.lanternworks.example",
    "DomainName shop.lanternworks.example",
    "DomainName staging.lanternworks.example",
    "DomainName www.lanternworks.example",
}


def test_names_of_both_searches_and_the_newest_certificates() -> None:
    certificates, names = replay(CrtSh, "crtsh_ok")
    assert (names.part, certificates.part) == ("names", "certificates")
    assert described(names.facts) == NAMES | {"DomainName lanternworks.example"}
    lines = described(certificates.facts)
    assert {line for line in lines if "-> " in line} == {
        f"{CERTIFICATE} -COVERS[san]-> DomainName www.lanternworks.example {{is_exact: True}}",
        f"{CERTIFICATE} -COVERS[san]-> DomainName shop.lanternworks.example {{is_wildcard: True}}",
        f"{CERTIFICATE} -COVERS[san]-> DomainName partner.wickbakery.example {{is_exact: True}}",
        f"{CERTIFICATE} -HAS_KEY-> {KEY}",
    }
    (described_certificate,) = [line for line in lines if line.startswith(f"{CERTIFICATE} {{")]
    assert "serial_number: '04:d2'" in described_certificate
    assert "not_after: '2026-04-01T00:00:00.000Z'" in described_certificate


def test_names_alone_where_no_certificate_is_to_be_fetched() -> None:
    (names,) = replay(CrtSh, "crtsh_ok_names_only")
    assert described(names.facts) == NAMES


def test_nothing_logged_is_an_answer() -> None:
    (answer,) = replay(CrtSh, "crtsh_empty")
    assert (answer.outcome, answer.facts) == (Outcome.ABSENT, ())


def test_a_page_of_excuses_is_an_error() -> None:
    (answer,) = replay(CrtSh, "crtsh_failing")
    assert answer.outcome is Outcome.ERROR
    assert "the answer is not JSON" in answer.reason
    assert "crt.sh answered 502" in answer.reason


def test_a_certificate_that_cannot_be_read_costs_no_names() -> None:
    certificates, names = replay(CrtSh, "crtsh_failing_certificate")
    assert (names.outcome, certificates.outcome) == (Outcome.FOUND, Outcome.ERROR)
    assert "?d=900: not a certificate in PEM" in certificates.reason
