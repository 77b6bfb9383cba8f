"""Scorers: verdicts add up, vetoes beat scores, people are never accepted; files; explanations."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import InvalidRule
from graph.match.explain import as_text, explain
from graph.match.identifiers import Number
from graph.match.kinds import DESIGNS, read_scorer, scorer_of, shipped, write_scorer
from graph.match.profile import Place, Profile
from graph.match.score import Decision, Scorer, Verdict, logistic

ACME = Profile(
    "LegalEntity",
    "1",
    ("Acme Instruments GmbH",),
    countries=("DE",),
    numbers=(Number("reg", "1", "DE"),),
    dates=("1990",),
    sites=("www.acme.example",),
    places=(Place("Hauptstr. 5", "10115", "DE"),),
)
JANE = Profile(
    "Person",
    "p1",
    ("Jane Doe",),
    family_name="Doe",
    dates=("1980-05-17",),
    emails=("jd@x.example",),
)

PROFILES = st.builds(
    Profile,
    kind=st.sampled_from(
        ["LegalEntity", "Person", "Location", "SoftwareProduct", "UserAccount", "Malware"]
    ),
    id=st.sampled_from(["1", "2"]),
    names=st.lists(st.sampled_from(["Acme GmbH", "Jane Doe", "Acme 2", "nginx"]), max_size=2).map(
        tuple
    ),
    countries=st.lists(st.sampled_from(["DE", "GB"]), max_size=1).map(tuple),
    numbers=st.lists(st.sampled_from([Number("lei", "A"), Number("lei", "B")]), max_size=1).map(
        tuple
    ),
    dates=st.lists(st.sampled_from(["1980", "1980-05-17", "1981-06-18", "?"]), max_size=2).map(
        tuple
    ),
    ended=st.lists(st.sampled_from(["1970", "1990"]), max_size=1).map(tuple),
    emails=st.lists(st.sampled_from(["jane@acme.com", "info@acme.com"]), max_size=1).map(tuple),
    places=st.lists(st.sampled_from([Place("5 Main St", "1"), Place("6 Main St")]), max_size=2).map(
        tuple
    ),
    handles=st.lists(st.sampled_from(["janedoe", "jane.doe99"]), max_size=1).map(tuple),
    techniques=st.lists(st.sampled_from(["T1", "T2"]), max_size=2).map(tuple),
    vendor=st.sampled_from(["", "acme", "nginx inc"]),
    part=st.sampled_from(["", "a", "o"]),
    proofs=st.lists(st.sampled_from(["1", "2"]), max_size=1).map(tuple),
    disproofs=st.lists(st.sampled_from(["1"]), max_size=1).map(tuple),
)


def scorer(kind: str, other: str = "") -> Scorer:
    found = scorer_of(kind, other or kind)
    assert found is not None
    return found


def verdict(left: Profile, right: Profile) -> Verdict:
    return scorer(left.kind, right.kind).judge(left, right)


@given(PROFILES, PROFILES)
@settings(max_examples=200, deadline=None)
def test_verdicts_add_up_and_do_not_depend_on_the_side(left: Profile, right: Profile) -> None:
    right = replace(right, kind=left.kind)

    found, turned = verdict(left, right), verdict(right, left)

    assert found.log_odds == pytest.approx(found.prior + sum(part.adds for part in found.parts))
    assert found.score == pytest.approx(logistic(found.log_odds))
    assert 0 <= found.score <= 1
    assert found.score == pytest.approx(turned.score)
    assert found.decision == turned.decision
    assert len(found.vetoes) == len(turned.vetoes)
    explained = explain(found)
    assert explained.score == found.score
    total = math.log(explained.starting_score / (1 - explained.starting_score))
    total += sum(reason.adds for reason in explained.reasons)
    assert logistic(total) == pytest.approx(found.score)
    assert (
        explained.reasons[-1].score_so_far if explained.reasons else explained.score
    ) == pytest.approx(found.score)


def test_many_are_judged_one_by_one() -> None:
    many = scorer("Person").judge_all([(JANE, JANE), (JANE, replace(JANE, id="p2"))])

    assert [each.score for each in many] == [verdict(JANE, JANE).score] * 2


def test_the_same_name_alone_is_for_a_person_to_decide() -> None:
    bare = Profile("LegalEntity", "2", ("ACME Instruments Gesellschaft mit beschränkter Haftung",))

    assert verdict(ACME, bare).decision is Decision.REVIEW
    assert verdict(ACME, replace(bare, countries=("DE",))).decision is Decision.REVIEW
    assert verdict(ACME, replace(bare, sites=("acme.example",))).decision is Decision.ACCEPT
    assert verdict(ACME, replace(bare, names=("Nova AG",))).decision is Decision.REJECT


def test_what_is_disputed_is_never_accepted_by_itself() -> None:
    same = replace(ACME, numbers=(), emails=("jd@acme.example",), phones=("+49301234567",))
    west = replace(same, id="2", names=("Acme Instruments West GmbH",))
    east = replace(same, id="3", names=("Acme Instruments East GmbH",))

    found = verdict(west, east)

    assert found.score > 0.97
    assert found.decision is Decision.REVIEW


@pytest.mark.parametrize(
    ("left", "right", "field"),
    [
        (ACME, replace(ACME, id="2", numbers=(Number("reg", "2", "DE"),)), "reg"),
        (ACME, replace(ACME, id="2", numbers=(), dates=("1950",), ended=("1980",)), "dates"),
        (
            replace(ACME, ended=("1980",), dates=("1950",)),
            replace(ACME, id="2", dates=("1990",)),
            "dates",
        ),
        (JANE, replace(JANE, id="p2", dates=("1980-05-18",)), "date of birth"),
        (
            Profile("Location", "1", places=(Place("5 Main St", "1"),)),
            Profile("Location", "2", places=(Place("6 Main St", "1"),)),
            "house number",
        ),
        (
            Profile("Location", "1", places=(Place("5 Main St", "1", "DE"),)),
            Profile("Location", "2", places=(Place("5 Main St", "1", "GB"),)),
            "country",
        ),
        (
            Profile("SoftwareProduct", "1", ("a:acme:os",)),
            Profile("SoftwareProduct", "2", ("o:acme:os",)),
            "part",
        ),
        (
            Profile("UserAccount", "1", handles=("krakenoperator",), disproofs=("2",)),
            Profile("UserAccount", "2", handles=("krakenoperator",), proofs=("1",)),
            "disproof",
        ),
        (Profile("EmailAddress", "1", emails=("info@x.example",)), JANE, "mailbox"),
    ],
)
def test_a_veto_beats_any_score(left: Profile, right: Profile, field: str) -> None:
    found = verdict(left, right)

    assert [veto.field for veto in found.vetoes] == [field]
    assert found.decision is Decision.REJECT
    assert "whatever speaks for it" in explain(found).headline
    assert f"veto      {field}" in as_text(explain(found))


def test_sources_that_disagree_on_a_birth_date_exclude_nothing() -> None:
    both = replace(JANE, id="p2", dates=("1980-05-18", "1980-05-17"))

    assert verdict(JANE, both).vetoes == ()
    assert verdict(JANE, replace(JANE, id="p2", dates=("1980",))).vetoes == ()


def test_people_are_never_accepted_by_themselves() -> None:
    same = replace(JANE, id="p2", numbers=(Number("passport", "X"),))
    found = verdict(replace(JANE, numbers=(Number("passport", "X"),)), same)

    assert found.score > 0.999
    assert found.decision is Decision.REVIEW
    with pytest.raises(InvalidRule, match="never accepted"):
        read_scorer(
            "Person", write_scorer(shipped("Person")).replace("accept: null", "accept: 0.99"), "x"
        )


def test_accounts_are_one_only_by_proof() -> None:
    one = Profile(
        "UserAccount",
        "1",
        ("Jane Doe",),
        handles=("krakenoperator",),
        pictures=("a",),
        sites=("jd.com",),
    )
    other = replace(one, id="2")

    assert verdict(one, other).decision is Decision.REVIEW
    assert verdict(one, replace(other, proofs=("1",))).decision is Decision.ACCEPT


def test_a_mailbox_and_a_person() -> None:
    mail = Profile("EmailAddress", "m", emails=("jane.doe@acme.com",), sites=("acme.com",))
    jane = replace(JANE, emails=(), sites=("acme.com",))

    found, turned = verdict(mail, jane), verdict(jane, mail)

    assert found.score == turned.score > 0.7
    assert found.decision is Decision.REVIEW
    assert verdict(replace(mail, emails=()), replace(jane, names=())).decision is Decision.REJECT


def test_a_mailbox_and_a_person_whom_something_names_together() -> None:
    mail = Profile("EmailAddress", "m", emails=("jane.doe@gmail.com",), named_in=("a", "b"))
    jane = replace(JANE, emails=(), sites=())

    assert verdict(mail, jane).decision is Decision.REJECT
    assert verdict(mail, replace(jane, named_in=("c",))).decision is Decision.REJECT
    found = verdict(mail, replace(jane, named_in=("b", "c", "d")))
    assert found.decision is Decision.REVIEW
    (part,) = (each for each in found.parts if each.feature == "named_together")
    assert part.comparison[:4] == (1.0, "named in 2", "named in 3", "1 name both")


def test_files_by_hash_products_and_threats() -> None:
    md5 = (Number("md5", "ab"),)
    assert (
        verdict(Profile("File", "1", numbers=md5), Profile("File", "2", numbers=md5)).decision
        is Decision.ACCEPT
    )
    nginx = Profile("SoftwareProduct", "1", ("a:nginx:nginx",))
    assert verdict(nginx, Profile("SoftwareProduct", "2", ("nginx",))).decision is Decision.REVIEW
    named = Profile("SoftwareProduct", "2", ("nginx",), vendor="nginx")
    assert verdict(nginx, named).decision is Decision.ACCEPT
    bear = Profile("ThreatActor", "1", ("APT28", "Fancy Bear"), techniques=("T1", "T2"))
    other = Profile("IntrusionSet", "2", ("Fancy-Bear",), techniques=("T1", "T2", "T3"))
    assert verdict(bear, other).decision is Decision.REVIEW
    assert verdict(Profile("Malware", "1"), Profile("Malware", "2")).parts == ()


def test_which_kinds_have_a_scorer() -> None:
    assert scorer("Person", "EmailAddress").name == "EmailAddress-Person"
    assert scorer_of("Person", "LegalEntity") is None
    assert scorer_of("IPAddress", "IPAddress") is None
    assert scorer_of("Malware", "ThreatActor") is None


@pytest.mark.parametrize("name", DESIGNS)
def test_a_file_is_written_as_it_is_read(name: str) -> None:
    text = write_scorer(shipped(name), "Of a test,\nin two lines.")

    assert text.startswith("# Of a test,\n# in two lines.\n")
    assert read_scorer(name, text, "x").weights == shipped(name).weights
    assert read_scorer(name, text, "x").thresholds == shipped(name).thresholds
    for weight in shipped(name).weights.values():
        assert weight.agrees >= weight.differs


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("prior: -3.500", "prior: many", "its form is that of the file shipped"),
        ("prior: -3.500", "- x\nprior: [", "its form is that of the file shipped"),
        ("  number: {", "  unheard_of: {", "features are .*unheard_of"),
        ("[address,", "[unheard_of,", "no feature unheard_of"),
        ("review: 0.8000", "review: 0.9900", "0 ≤ review ≤ accept ≤ 1"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(
    written: str, instead: str, message: str
) -> None:
    text = write_scorer(shipped("LegalEntity"))
    assert written in text

    with pytest.raises(InvalidRule, match=message):
        read_scorer("LegalEntity", text.replace(written, instead), "mine.yaml")


def test_an_explanation_reads_as_a_person_would_say_it() -> None:
    found = verdict(
        ACME, Profile("LegalEntity", "2", ("Acme Instruments",), countries=("GB",), dates=("1990",))
    )

    text = as_text(explain(found))

    assert text.splitlines()[0].endswith("may be one; a person decides") or "held to be two" in text
    assert (
        "body name: “Acme Instruments GmbH” and “Acme Instruments”: the same words; speaks for it"
        in text
    )
    assert "country: “DE” and “GB”: no country in common; speaks against it" in text


def test_scores_near_the_ends_are_not_rounded_to_them() -> None:
    sure = Verdict(0.99999, 11.5, -3, (), (), Decision.ACCEPT)
    hopeless = sure._replace(score=0.00001, decision=Decision.REJECT)

    assert explain(sure).headline == "over 99.9 %: held to be one"
    assert explain(hopeless).headline == "under 0.1 %: held to be two"
    assert logistic(-800) == 0
