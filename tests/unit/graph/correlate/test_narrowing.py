"""What a rule's subjects have to have is read off the patterns that every row takes, and no others."""

from __future__ import annotations

import pytest

from graph.correlate import rules as rule_files
from graph.correlate.narrowing import having_of
from graph.correlate.paths import needed_hops, opening
from graph.correlate.statement import Statement

RETURN = "\nRETURN subject, [] AS evidence, [] AS links, 1.0 AS score"


def needed(body: str) -> list[str]:
    statement = Statement.of("x.cypher", 1, f"{opening('DomainName')}\n{body}{RETURN}")
    return [str(hop) for hop in needed_hops(statement)]


@pytest.mark.parametrize(
    ("body", "hops"),
    [
        ("MATCH (subject)-[r:RESOLVES_TO]->(a:IPAddress)", ["-[:RESOLVES_TO]->(Entity)"]),
        ("MATCH (c:TLSCertificate)-[r:COVERS]->(subject)", ["<-[:COVERS]-(Entity)"]),
        ("MATCH (subject)-[r:CNAME_TO|RESOLVES_TO]->{1,8}(a)", ["-[:CNAME_TO|RESOLVES_TO]->(Entity)"]),
        ("WITH subject\nMATCH (subject)-[r:RESOLVES_TO]-(a)", ["-[:RESOLVES_TO]-(Entity)"]),
        ("MATCH (subject)<-[r:SUBDOMAIN_OF]-{0,8}(n)", []),
        ("OPTIONAL MATCH (subject)-[r:RESOLVES_TO]->(a)", []),
        ("WHERE NOT EXISTS { MATCH (subject)-[r:RESOLVES_TO]->(a) }", []),
        ("WITH subject, COLLECT { MATCH (subject)-[r:RESOLVES_TO]->(a) RETURN a } AS found", []),
        ("CALL (subject) { MATCH (subject)-[r:RESOLVES_TO]->(a) RETURN count(a) AS found }", []),
        ("MATCH (subject)<-[r:SUBDOMAIN_OF]-{0,8}(n)\nMATCH (n)-[s:RESOLVES_TO]->(a)", []),
    ],
)  # fmt: skip
def test_only_what_every_row_takes_is_needed(body: str, hops: list[str]) -> None:
    assert needed(body) == hops


def test_the_statement_gives_the_places_of_what_holds() -> None:
    text = having_of(("n:Apex", "EXISTS { (n)-[:HAS_PORT]->() }"))

    assert (
        "CASE WHEN n:Apex THEN 0 END, CASE WHEN EXISTS { (n)-[:HAS_PORT]->() } THEN 1 END" in text
    )


def test_most_shipped_rules_are_narrowed() -> None:
    rules = rule_files.load().values()

    assert sum(bool(rule.needed or rule.role) for rule in rules) > 0.8 * len(rules)
