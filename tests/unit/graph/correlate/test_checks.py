"""What a rule has to keep to: a good one passes, and each broken promise is told where it is broken."""

from __future__ import annotations

import pytest

from graph.correlate import rules
from graph.correlate.paths import opening
from graph.errors import InvalidRule

HEADER = """\
// title:       Name leads inside
// summary:     A name leads to an address inside.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.9
// reads:
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)
// params:
//              spaces: list<str> = ["private"] -- which
// returns:
//              subject: DomainName
//              evidence: list<IPAddress>
//              links: list<link>
//              space: str -- the kind of address
//              score: float -- 1
// keyed-by:    space
// headline:    {subject} leads inside ({space})
// explanation: Because.
// remediation: Mend it.
// false-positives: None known.
// references:
//              CWE-200
// author:      Mirage
// since:       0.1
"""
STATEMENT = (
    opening("DomainName")
    + """
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[resolves:RESOLVES_TO]->(address:IPAddress)
WHERE resolves.holds_since IS NOT NULL AND address.address_space IN $spaces
RETURN subject, [address] AS evidence, [resolves.id] AS links, address.address_space AS space, 1.0 AS score
"""
)
FIRST = HEADER.count("\n") + 1  # the line of UNWIND


def parse(content: str) -> rules.Rule:
    return rules.parse("exp.inside", "x.cypher", content)


def test_its_subjects_may_have_to_have_a_role() -> None:
    rule = parse((HEADER + STATEMENT).replace("&DomainName ", "&DomainName&Apex "))

    assert (rule.subject, rule.role, rule.subjects) == ("DomainName", "Apex", "DomainName&Apex")
    assert (parse(HEADER + STATEMENT).role, parse(HEADER + STATEMENT).subjects) == (
        "",
        "DomainName",
    )


@pytest.mark.parametrize("role", ["NonGlobalIP", "Known"])
def test_a_role_that_its_kind_does_not_have_is_refused(role: str) -> None:
    text = (HEADER + STATEMENT).replace("&DomainName ", f"&DomainName&{role} ")

    with pytest.raises(InvalidRule, match=f"DomainName has one of Apex as its role, not {role}"):
        parse(text)


def test_a_good_rule() -> None:
    rule = parse(HEADER + STATEMENT)

    assert rule.subject == "DomainName"
    assert [str(path) for path in rule.paths] == ["(DomainName)-[:RESOLVES_TO]->(IPAddress)"]
    assert rule.parameters() == {"spaces": ["private"]}
    assert rule.parameters({"spaces": ["shared"]}) == {"spaces": ["shared"]}
    assert not rule.needs_passes
    with pytest.raises(InvalidRule, match=r"rule exp\.inside has no parameter space"):
        rule.parameters({"space": []})


def test_the_digest_follows_what_findings_depend_on() -> None:
    first = parse(HEADER + STATEMENT).digest

    assert parse(HEADER.replace("Because.", "Why not.") + STATEMENT).digest == first
    assert parse(HEADER.replace('["private"]', '["shared"]') + STATEMENT).digest != first
    assert parse(HEADER + STATEMENT.replace("1.0", "0.9")).digest != first


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("UNWIND $touched AS id\n", "", 0, "a rule begins with\nUNWIND $touched AS id"),
        ("USING INDEX subject:Entity(id)", "", 0, "a rule begins with"),
        (", org: $org", "", 0, "a rule begins with"),
        ("(subject:Entity&DomainName", "(name:Entity&DomainName", 1, "a rule begins with"),
        ("subject.holds_since IS NOT NULL", "true", 0, "say `subject.holds_since IS NOT NULL`"),
        (
            "resolves.holds_since IS NOT NULL AND",
            "",
            4,
            "say `resolves.holds_since IS NOT NULL`: closed facts do not count",
        ),
        ("[resolves:RESOLVES_TO]", "[:RESOLVES_TO]", 4, "name this relationship"),
        ("RESOLVES_TO", "RESOLVE_TO", 4, "there is no relationship called RESOLVE_TO"),
        (
            "(address:IPAddress)",
            "(address:Address)",
            4,
            "there is no kind of entity called Address",
        ),
        ("(address:IPAddress)", "(address)", 4, "say of which kind address is"),
        ("address.address_space IN", "address.adress_space IN", 5, "no property adress_space"),
        ("resolves.id", "resolves.rrtyp", 6, "resolves has no property rrtyp"),
        (
            "RETURN subject",
            "SET subject.x = 1 RETURN subject",
            6,
            "only reads and does not branch: no SET",
        ),
        ("RETURN subject", "CALL db.labels() RETURN subject", 6, "calls no procedures"),
        (
            "address.address_space IN $spaces",
            "address.first_seen < datetime()",
            5,
            "the moment is $now",
        ),
        ("address.address_space IN $spaces", "address.last_seen IS NULL", 5, "last_seen changes"),
        ("RETURN subject", "LIMIT 5 RETURN subject", 6, "LIMIT cuts across subjects"),
        (
            "RETURN subject, [address] AS evidence, [resolves.id] AS links, address",
            "WITH resolves, address RETURN subject, [address] AS evidence, [resolves.id] AS links, address",
            6,
            "every WITH carries `subject` on",
        ),
        ("RETURN subject", "MATCH (other:URL) RETURN subject", 6, "starts from its subject only"),
        (
            "RETURN subject",
            "MATCH (a:URL)-[b:HOSTED_AT]->(c:IPAddress) WHERE b.holds_since IS NOT NULL RETURN subject",
            6,
            "not connected with the subject",
        ),
        (
            "RETURN subject",
            "MATCH (subject)-[n:CNAME_TO]->(address:DomainName) WHERE n.holds_since IS NOT NULL RETURN subject",
            6,
            "'address' was given its kind before",
        ),
        (
            "RETURN subject",
            "MATCH (subject)-[alike:SIMILAR_TO]->(own:DomainName) WHERE alike.holds_since IS NOT NULL RETURN subject",
            6,
            "SIMILAR_TO is no fact and has no holds_since; it has reason, score, ways",
        ),
        (
            "RETURN subject",
            "MATCH (subject)-[n:SIMILAR_TO|CNAME_TO]->(own:DomainName) WHERE n.holds_since IS NOT NULL RETURN subject",
            6,
            "SIMILAR_TO is no fact; ask for it by a pattern of its own",
        ),
        ("1.0 AS score", "1.0", 6, "the column '1.0' has no name"),
        ("RETURN subject", "RETURN subject;\n RETURN subject", 6, "a rule is one statement"),
    ],
)
def test_a_broken_statement(old: str, new: str, line: int, said: str) -> None:
    assert old in STATEMENT
    with pytest.raises(InvalidRule) as refused:
        parse(HEADER + STATEMENT.replace(old, new, 1))
    assert said in str(refused.value)
    assert str(refused.value).startswith(f"x.cypher:{FIRST + line}: ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "-[:RESOLVES_TO]->",
            "-[:CNAME_TO]->",
            "it should say\n//   (DomainName)-[:RESOLVES_TO]->(IPAddress)",
        ),
        ("spaces: list<str>", "touched: list<str>", "every rule is given touched"),
        ("spaces: list<str>", "places: list<str>", "the statement uses $spaces, undeclared"),
        (
            "//              spaces",
            "//              more: int = 1 -- x\n//              spaces",
            "does not use $more",
        ),
        ("space: str", "place: str", "the header says subject, evidence, links, place, score"),
        ("subject: DomainName", "subject: URL", "a column `subject: DomainName`"),
        ("links: list<link>", "links: list<str>", "a column `links: list<link>`"),
        ("evidence: list<IPAddress>", "evidence: IPAddress", "a column `evidence: list<Kind>`"),
        (
            "evidence: list<IPAddress>",
            "evidence: list<Address>",
            "no kind of entity called Address",
        ),
        ("space: str", "space: text", "'text' is no type of column"),
        ("({space})", "({there})", "the headline names there, which no column is called"),
        ("keyed-by:    space", "keyed-by:    there", "no column is called there"),
    ],
)
def test_a_broken_header(old: str, new: str, said: str) -> None:
    assert old in HEADER
    with pytest.raises(InvalidRule) as refused:
        parse(HEADER.replace(old, new, 1) + STATEMENT)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # A function of no arguments that gives the same each time.
        ("IN $spaces", "IN $spaces AND pi() > 3"),
        # A role beside a kind: the kind says what is read.
        ("(address:IPAddress)", "(address:IPAddress&NonGlobalIP)"),
    ],
)
def test_what_does_no_harm_is_allowed(old: str, new: str) -> None:
    assert old in STATEMENT
    rule = parse(HEADER + STATEMENT.replace(old, new, 1))
    assert [str(path) for path in rule.paths] == ["(DomainName)-[:RESOLVES_TO]->(IPAddress)"]


def test_what_is_concluded_is_read_without_asking_whether_it_holds() -> None:
    """It is there only as long as it does."""
    path = "(DomainName)-[:SIMILAR_TO]->(DomainName)"
    rule = parse(
        HEADER.replace("// params:", f"//              {path}\n// params:", 1)
        + STATEMENT.replace(
            "RETURN subject",
            "MATCH (subject)-[alike:SIMILAR_TO WHERE alike.score > 0.5]->(own:DomainName) RETURN subject",
            1,
        )
    )
    assert path in map(str, rule.paths)


def test_subqueries_and_words_that_only_look_like_writes() -> None:
    rule = parse(
        HEADER.replace(
            "(DomainName)-[:RESOLVES_TO]->(IPAddress)\n",
            "(DomainName)-[:RESOLVES_TO]->(IPAddress)\n//              (DomainName)<-[:OF]-(Observation)\n",
        )
        + STATEMENT.replace(
            "RETURN subject",
            "AND EXISTS {\n  MATCH (subject)<-[:OF]-(look:Observation {outcome: 'ABSENT', reason: 'SET; DROP'})\n"
            "  MATCH (claim:Claim {id: look.claim}) WHERE claim.latest = look.id\n}\n"
            "// CREATE nothing\nRETURN subject",
        )
    )
    assert len(rule.paths) == 2


def test_what_an_answer_says_of_itself_is_not_volatile() -> None:
    header = HEADER.replace(
        "(DomainName)-[:RESOLVES_TO]->(IPAddress)\n",
        "(DomainName)-[:RESOLVES_TO]->(IPAddress)\n//              (DomainName)<-[:OF]-(Observation)\n",
    )
    asked = "AND EXISTS { MATCH (subject)<-[:OF]-(told:Observation) WHERE told.doubt > 0 }\nRETURN subject"
    assert len(parse(header + STATEMENT.replace("RETURN subject", asked)).paths) == 2
    with pytest.raises(InvalidRule, match="doubt changes with every look"):
        parse(header + STATEMENT.replace("RETURN subject", asked.replace("told.d", "subject.d")))
