from collectors._kit.testing import described, replay
from collectors.tls.handshake import Handshake
from graph.facts import Answer, Outcome
from graph.model.certificate import Presents
from graph.model.network import NetworkService

SERVICE = "NetworkService tcp://192.0.2.40:443"


def parts(case: str) -> dict[str, Answer]:
    return {answer.part: answer for answer in replay(Handshake, f"tls.handshake.{case}")}


def edges(answer: Answer) -> set[str]:
    """The relationships, certificates and keys by their place or name instead of their digests."""
    lines = {line.split(" {", 1)[0] for line in described([answer]) if "->" in line}
    for fact in answer.facts:
        if isinstance(fact, Presents):
            place = f"#{fact.chain_position}"
            lines = {line.replace(fact.target.key, place) for line in lines}
    return {line.rsplit(" PublicKey ", 1)[0] for line in lines}


def test_the_chain_is_stated_in_order_with_names_of_the_leaf_only() -> None:
    leaf, issuer = "TLSCertificate #0", "TLSCertificate #1"
    assert edges(parts("ok")[""]) == {
        f"{SERVICE} -PRESENTS-> {leaf}",
        f"{SERVICE} -PRESENTS-> {issuer}",
        f"{leaf} -ISSUED_BY-> {issuer}",
        f"{leaf} -HAS_KEY->",
        f"{issuer} -HAS_KEY->",
        f"{leaf} -COVERS[san]-> DomainName www.heron-optics.example",
        f"{leaf} -COVERS[san]-> DomainName heron-optics.example",
    }


def test_the_service_tells_what_was_agreed() -> None:
    (service,) = (f for f in parts("ok")[""].facts if isinstance(f, NetworkService))
    assert (service.is_tls, service.tls_versions, service.tls_ciphers, service.alpn_protocols) == (
        True,
        ("TLSv1.3",),
        ("TLS_AES_256_GCM_SHA384",),
        ("h2",),
    )
    assert parts("ok")["old_versions"].outcome is Outcome.ABSENT


def test_an_old_version_is_stated_where_it_is_accepted() -> None:
    answer = parts("old")["old_versions"]
    assert described([answer]) == {
        f"{SERVICE}#sni=www.heron-optics.example "
        "{is_tls: True, server_name: 'www.heron-optics.example', tls_versions: ['TLSv1.1']}"
    }


def test_a_refusal_is_an_answer_with_nothing_in_it() -> None:
    assert {a.outcome for a in parts("empty").values()} == {Outcome.ABSENT}


def test_ports_of_other_protocols_are_left_alone() -> None:
    assert {a.outcome for a in parts("skipped").values()} == {Outcome.SKIPPED}


def test_what_is_no_certificate_is_an_error_with_its_reason() -> None:
    failing = parts("failing")
    assert {a.outcome for a in failing.values()} == {Outcome.ERROR}
    assert failing[""].reason.startswith("14 bytes that are no certificate")
