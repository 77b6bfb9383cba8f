"""The ways back from what a write touched: every entity a rule reads leads to its subjects."""

from __future__ import annotations

from graph.correlate.anchors import ANY_TYPE, Anchor, Touched, anchors
from graph.correlate.paths import Path, read_paths
from graph.correlate.rules import load
from graph.correlate.statement import Statement
from graph.correlate.subjects import step_back, together

TEXT = """\
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
MATCH (subject)-[alias:CNAME_TO]->{1,8}(target:DomainName)<-[:OF]-(look:Observation)
MATCH (page:URL)-[hosted:HOSTED_AT]->(subject)
WHERE NOT EXISTS { (page)-[:LINKS_TO|EMBEDS]->(:URL|DomainName) }
"""


def paths() -> tuple[Path, ...]:
    return read_paths(Statement.of("x", 1, TEXT))


def test_paths_begin_at_the_subject_and_keep_their_order() -> None:
    assert [str(path) for path in paths()] == [
        "(DomainName)-[:CNAME_TO]->{1,8}(DomainName)<-[:OF]-(Observation)",
        "(DomainName)<-[:HOSTED_AT]-(URL)-[:LINKS_TO|EMBEDS]->(URL|DomainName)",
    ]


def test_steps_back_run_over_closed_facts() -> None:
    alias, hosted = paths()

    assert step_back(alias.hops[0], ("Entity",)) == "<-[:CNAME_TO]-(nearer:Entity)"
    assert step_back(hosted.hops[0], ("DomainName",)) == "-[:HOSTED_AT]->(nearer:DomainName)"


def test_steps_are_made_together_each_from_its_own() -> None:
    assert together(("<-[:CNAME_TO]-(nearer:Entity)", "-[:HOSTED_AT]->(nearer:DomainName)")) == (
        "CALL () {\n"
        "UNWIND $rows[0] AS row\n"
        "MATCH (:Entity {id: row[1]})<-[:CNAME_TO]-(nearer:Entity)\n"
        "RETURN DISTINCT row[0] AS number, nearer.id AS id\n"
        "UNION ALL\n"
        "UNWIND $rows[1] AS row\n"
        "MATCH (:Entity {id: row[1]})-[:HOSTED_AT]->(nearer:DomainName)\n"
        "RETURN DISTINCT row[0] AS number, nearer.id AS id\n"
        "}\n"
        "RETURN collect([number, id])"
    )


def test_the_far_end_counts_only_when_it_changes_itself() -> None:
    rule = load()["cti.multi_source"]
    found = sorted(anchors(rule), key=lambda a: len(a.path.hops))

    assert [(str(a.path), a.types) for a in found] == [
        ("(IPAddress)", {"LISTED_IN"}),
        ("(IPAddress)-[:LISTED_IN]->(Feed)", frozenset()),
    ]
    assert found[1].matches(["Entity", "Feed"])
    assert not found[1].matches(["Entity", "IPAddress"])
    assert Anchor(Path("Entity"), types=frozenset()).matches(["Entity", "Feed"])


def test_after_a_repeated_hop_every_change_counts() -> None:
    rule = load()["dns.takeover"]
    [repeated] = [a for a in anchors(rule) if str(a.path).endswith("->{1,8}(DomainName)")]
    assert repeated.types == {"CNAME_TO", "RESOLVES_TO"}


def test_what_leads_to_records_of_collecting_is_no_anchor() -> None:
    rule = load()["dns.axfr_open"]
    assert {str(a.path) for a in anchors(rule)} == {
        "(DomainName)",
        "(DomainName)-[:DELEGATED_TO]->(DomainName)",
    }


def test_a_list_of_ids_stands_for_both() -> None:
    assert Touched.of(["a", "b", "a"]) == Touched(frozenset("ab"), {ANY_TYPE: frozenset("ab")})
    assert Touched(frozenset("a"), {"OF": frozenset("b")}).ids == frozenset("ab")


def test_of_relationships_only_those_count_by_which_a_path_goes_on() -> None:
    touched = Touched(
        frozenset("a"),
        {"HOSTED_AT": frozenset("b"), "LINKS_TO": frozenset("c"), ANY_TYPE: frozenset("d")},
    )
    end, page = Path("URL"), frozenset({"LINKS_TO"})

    assert touched.at(Anchor(end, frozenset())) == frozenset("a")
    assert touched.at(Anchor(end, page)) == frozenset("acd")
