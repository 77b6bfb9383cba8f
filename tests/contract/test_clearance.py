"""Every query file that reads collected data for callers holds each thing it finds against their clearance."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph.queries.catalog import load

FOLDER = Path(__file__).parents[2] / "cypher"
# Not asked for callers, each with its reason.
APART = {
    "browse": "for Neo4j Browser, whose one account may read everything",
    "correlate": "rules see everything; who may read a finding is decided when it is read",
    "export": "needs the clearance for everything",
    "job": "workers read for nobody",
    "match": "compares for nobody; who may read a pair is decided when it is read",
    "purge": "ends a whole organization",
    "retention": "removes for nobody; how much of everything is old is told to who sets how long it is kept",
    "schema": "applied, not asked",
}
# Files that read collected data and hold nothing against a clearance, each with its reason.
UNHELD = {
    "account/find_stray_runs": "the conductor's",
    "finding/close_findings": "the engine's",
    "finding/close_suppressions": "of findings that were locked and held",
    "finding/find_done": "of an act that is sent again; what it gives is locked and held",
    "finding/find_due_suppressions": "the conductor's",
    "finding/find_ended": "the engine's",
    "finding/find_common": "the engine's",
    "finding/find_resting": "the engine's",
    "finding/find_unweighed": "the engine's",
    "finding/upsert_risk": "the engine's, or of findings about entities that were read and held",
    "finding/find_of_rule": "the engine's",
    "finding/find_of_subjects": "the engine's",
    "finding/upsert_findings": "the engine's",
    "finding/find_suppression": "of a finding that was read and held",
    "finding/list_holding": "of a finding that was read and held",
    "finding/upsert_holding": "of a finding that was read and held, and never committed",
    "finding/list_acts": "of a finding that was read and held",
    "finding/upsert_seen_again": "the correlator's",
    "finding/upsert_suppressions": "of findings that were locked and held",
    "finding/upsert_triage": "of findings that were locked and held",
    "notify/list_finding_markings": "the courier's, which holds them against the ceiling of each channel",
    "notify/list_pattern_moves": "the courier's, which holds them against the ceiling of each channel",
    "notify/list_run_markings": "the courier's, which holds them against the ceiling of each channel",
    "rating/find_below": "of entities that were read and held; only the engine learns which",
    "rating/upsert_ratings": "of entities that were read and held",
    "pattern/close_rows": "the correlator's",
    "pattern/delete_past": "the correlator's",
    "pattern/delete_rows": "the correlator's",
    "pattern/find_others": "the correlator's",
    "pattern/find_rows": "the correlator's",
    "pattern/upsert_rows": "the correlator's",
    "schedule/delete_schedule": "of a scan that was read and held",
    "schedule/list_due": "the conductor's",
    "schedule/lock_schedule": "of a scan that was read and held, or the conductor's",
    "schedule/upsert_run": "the conductor's",
    "schedule/upsert_schedule": "of a scan that was read and held",
}
# Variables that need no test of their own, by file, each with its reason.
GIVEN = {
    ("entity/get_finding_basis", "n"): "what a finding rests on that was tested with all it rests on",
    ("entity/find_restated", "n"): "only the ids, to leave out of what was read and held",
    ("entity/find_restated", "first"): "the answer that a readable one repeats, so equally marked",
    ("entity/list_links", "w"): "former states, told of only where all that gave values may be read",
    ("entity/list_links_among", "w"): "former states, told of only where all that gave values may be read",
    ("entity/list_told", "n"): "asked about after it was read",
    ("entity/list_told", "first"): "the answer that a readable one repeats, so equally marked",
    ("identity/find_rejected", "pair"): "both of its sides are held",
    ("identity/list_decisions", "pair"): "read and held before",
    ("identity/list_joining", "n"): "a side of the pair, which is held",
    ("identity/list_shared", ""): "both sides of a pair that was read and held",
    ("run/get_previous", ""): "the scan that two runs share which are held",
    ("run/list_claims", "first"): "the answer that a readable one repeats, so equally marked",
    ("finding/find_between", "about"): "what a finding is about that is held with all it rests on",
    ("finding/*", "one"): "only looked between for relationships",
    ("finding/*", "two"): "only looked between for relationships",
    ("pattern/*", "one"): "only looked between for relationships",
    ("pattern/*", "two"): "only looked between for relationships",
    ("note/upsert_note", "one"): "only looked between for relationships",
    ("note/upsert_note", "two"): "only looked between for relationships",
    ("note/upsert_note", "note"): "made here, by who marks it",
    ("entity/get_finding_basis", "one"): "only looked between for relationships",
    ("entity/get_finding_basis", "two"): "only looked between for relationships",
}  # fmt: skip

_COLLECTED = re.compile(r"\((\w*):(Entity|Observation|Finding|Match|Note|PatternRow|Run|Scan)\b")
_LINK = re.compile(r"-\[(\w+)\]-")
_HELD = r"coalesce\({v}\.tlp, ''\) IN \$readable"


def statement(name: str) -> str:
    """A file's statement without its comments."""
    return re.sub(r"//[^\n]*", "", load(name).text)


FILES = [
    name
    for file in sorted(FOLDER.rglob("*.cypher"))
    if file.relative_to(FOLDER).parts[0] not in APART
    and (name := str(file.relative_to(FOLDER)).removesuffix(".cypher"))
    and _COLLECTED.search(statement(name))
]


def test_the_exceptions_are_still_there() -> None:
    assert set(UNHELD) <= set(FILES)
    assert {name for name in UNHELD if "$readable" in statement(name)} == set()
    files = {name for name, _ in GIVEN if "*" not in name}
    assert files <= set(FILES)


@pytest.mark.parametrize("name", [name for name in FILES if name not in UNHELD])
def test_each_thing_found_is_held_against_the_clearance(name: str) -> None:
    text = statement(name)
    folder = name.partition("/")[0]
    given = {v for file, v in GIVEN if file in (name, f"{folder}/*")}
    for variable, label in set(_COLLECTED.findall(text)):
        if variable in given or (not variable and label == "Run"):
            continue
        assert _is_held(text, variable, label), f"{variable}:{label}"
    for variable in set(_LINK.findall(text)) - given:
        assert _is_held(text, variable, "Entity"), f"[{variable}]"


def _is_held(text: str, variable: str, label: str) -> bool:
    if label == "Finding":
        return f"MATCH ({variable})-[:ABOUT|RESTS_ON]->(basis:Entity)" in text
    if label == "Match":
        return f"MATCH ({variable})-[:COMPARES]->(side:Entity)" in text and _is_held(
            text, "side", "Entity"
        )
    if label == "PatternRow":
        is_marked = f"all(mark IN {variable}.marked WHERE mark IN $readable)" in text
        shows = f"MATCH ({variable})-[:SHOWS]->(basis:Entity)" in text
        return is_marked and shows and _is_held(text, "basis", "Entity")
    if label in ("Run", "Scan"):
        return bool(re.search(rf"UNWIND coalesce\({variable}\.named, \[\]\) AS name", text))
    return bool(re.search(_HELD.format(v=variable), text))


def test_the_check_sees_what_is_missing() -> None:
    held = "MATCH (n:Entity) WHERE coalesce(n.tlp, '') IN $readable"
    assert _is_held(held, "n", "Entity")
    assert not _is_held(held.replace("n.tlp", "m.tlp"), "n", "Entity")
    assert not _is_held("MATCH (f:Finding)", "f", "Finding")
    assert not _is_held("MATCH (pair:Match)-[:COMPARES]->(side:Entity)", "pair", "Match")
    assert not _is_held("MATCH (r:Run)", "r", "Run")
    shown = "MATCH (r)-[:SHOWS]->(basis:Entity) WHERE coalesce(basis.tlp, '') IN $readable"
    assert not _is_held(shown, "r", "PatternRow")
    assert _is_held(f"{shown} all(mark IN r.marked WHERE mark IN $readable)", "r", "PatternRow")
