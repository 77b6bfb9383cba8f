from collectors._kit.testing import described, replay
from collectors.http.probe import Probe
from graph.facts import Answer, Outcome

SITE = "https://www.heron-optics.example"


def parts(case: str) -> dict[str, Answer]:
    return {answer.part: answer for answer in replay(Probe, f"http.probe.{case}")}


def web_facts(answer: Answer) -> set[str]:
    """The lines that are not about certificates."""
    return {
        line
        for line in described([answer])
        if not line.startswith(("TLSCertificate", "PublicKey")) and "-PRESENTS->" not in line
    }


def test_a_site_is_told_with_what_it_shows_and_where_it_leads() -> None:
    service = "NetworkService tcp://192.0.2.10:443"
    assert web_facts(parts("ok")["https"]) == {
        f"{service} -SERVES-> URL {SITE}/",
        f"{service} -SERVES-> URL {SITE}/start",
        f"{service} {{is_tls: True, state: 'open'}}",
        f"URL {SITE}/ {{media_type: 'text/html', server: 'nginx', status: 302}}",
        f"URL {SITE}/ -REDIRECTS_TO[302]-> URL {SITE}/start",
        f"URL {SITE}/start {{has_password_form: True, is_admin_panel: True, "
        "media_type: 'text/html', status: 200, title: 'Grafana'}",
    }


def test_other_hosts_are_named_and_not_followed() -> None:
    service = "NetworkService tcp://192.0.2.10:80"
    page = "URL http://www.heron-optics.example/"
    assert web_facts(parts("ok")["http"]) == {
        f"{service} -SERVES-> {page}",
        f"{service} {{state: 'open'}}",
        f"{page} {{media_type: 'text/html', status: 301}}",
        f"{page} -REDIRECTS_TO[301]-> URL https://elsewhere.example/",
    }


def test_every_address_of_a_name_is_asked_in_parts_by_version() -> None:
    found = parts("ok")
    service = "NetworkService tcp://192.0.2.11:443"
    assert web_facts(found["https.a"]) == {
        f"{service} -SERVES-> URL {SITE}/",
        f"{service} {{is_tls: True, state: 'open'}}",
    }
    assert found["http.a"].outcome is Outcome.ABSENT
    assert (found["https.aaaa"].outcome, found["https.aaaa"].reason) == (
        Outcome.ERROR,
        f"{SITE}/: Network is unreachable",
    )


def test_the_certificate_shown_for_the_name_is_told_at_each_address() -> None:
    found = parts("ok")
    for part, address in (("https", "192.0.2.10"), ("https.a", "192.0.2.11")):
        (line,) = (one for one in described([found[part]]) if "-PRESENTS->" in one)
        assert line.startswith(f"NetworkService tcp://{address}:443 -PRESENTS-> TLSCertificate ")
        assert any(
            "COVERS[san]-> DomainName www.heron-optics" in x for x in described([found[part]])
        )


def test_nobody_there_is_an_answer_and_no_answer_is_an_error() -> None:
    assert {a.outcome for a in parts("empty").values()} == {Outcome.ABSENT}
    assert {a.outcome for a in parts("failing").values()} == {Outcome.ERROR}


def test_a_circle_of_redirects_ends() -> None:
    page = "URL https://loop.heron-optics.example/"
    lines = web_facts(parts("loop")["https"])
    assert {line for line in lines if "REDIRECTS_TO" in line} == {
        f"{page} -REDIRECTS_TO[302]-> {page}a",
        f"{page}a -REDIRECTS_TO[302]-> {page}",
    }


def test_a_service_on_a_usual_web_port_is_asked_by_its_address() -> None:
    assert web_facts(parts("service")["http"]) == {
        "NetworkService tcp://192.0.2.10:8080 -SERVES-> URL http://192.0.2.10:8080/",
        "NetworkService tcp://192.0.2.10:8080 {state: 'open'}",
        "URL http://192.0.2.10:8080/ {has_password_form: False, is_default_page: True, "
        "media_type: 'text/html', status: 200, title: 'Apache Tomcat/9.0.1'}",
    }


def test_a_provider_that_knows_nobody_there_is_told() -> None:
    lines = web_facts(parts("unclaimed")["https"])
    assert any("status: 404, unclaimed_at: 'github-pages'" in line for line in lines)
