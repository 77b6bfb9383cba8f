"""What answers make of facts in memory: when the stored state is enough, and when only the log can tell."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench._kit.filling import make_room
from graph.claims import Said, Values, rebuild, resolve
from graph.encoding import encode
from graph.facts import Answer, Outcome
from graph.ledger import Ledger, Slot
from graph.model.network import DomainName
from tests.support.facts import answer
from tests.support.model import Model, where

NAME = DomainName(name="orrery.example")
RESOLVES = NAME.model_copy(update={"dns_status": "resolves"})
EMPTY = NAME.model_copy(update={"dns_status": "no_addresses"})
MANY = 30


def said(by: int, second: float, *facts: DomainName) -> Answer:
    outcome = Outcome.FOUND if facts else Outcome.ABSENT
    return answer(NAME, second, *facts, collector=f"test.c{by}", outcome=outcome)


def ledger_of(answers: Iterable[Answer]) -> Ledger:
    """What answers make of facts, in the order in which they come."""
    ledger = Ledger()
    for one in answers:
        encoded = encode("org", one)
        make_room(ledger, encoded)
        ledger.apply(encoded)
    return ledger


def slot_of(*answers: Answer) -> Slot:
    return ledger_of(answers).entities[NAME.id_in("org")]


def test_who_no_longer_states_what_many_state_changes_nothing_that_others_have_to_be_asked_for() -> (
    None
):
    stated = [said(n, n, RESOLVES) for n in range(MANY)]
    lost = [said(n, 100 + n) for n in range(MANY - 1)]

    slot = slot_of(*stated, *lost)

    assert not slot.needs_rebuild
    assert (slot.agreeing, slot.state and slot.state.supports) == (1, 1)


@pytest.mark.parametrize("is_kept", [True, False], ids=["says else", "says nothing more"])
def test_who_states_it_beside_something_new_changes_nothing_either_however_late_it_comes(
    is_kept: bool,
) -> None:
    other = DomainName(name="mail.orrery.example")
    stated = [said(n, n, RESOLVES) for n in range(MANY)]
    changed = said(3, 20.5, RESOLVES, *([other] if is_kept else []))

    slot = slot_of(*stated, changed)

    assert not slot.needs_rebuild
    assert slot.agreeing == MANY


@pytest.mark.parametrize("then", [(), (NAME,)], ids=["gone", "without values"])
def test_the_last_who_states_values_takes_them_along(then: tuple[DomainName, ...]) -> None:
    slot = slot_of(said(1, 1, RESOLVES), said(2, 2, NAME), said(1, 3, *then))

    assert slot.needs_rebuild


@pytest.mark.parametrize("then", [(), (RESOLVES,)], ids=["gone", "agrees"])
def test_where_claims_state_different_values_only_the_log_can_tell(
    then: tuple[DomainName, ...],
) -> None:
    slot = slot_of(said(1, 1, RESOLVES), said(2, 2, EMPTY), said(2, 3, *then))

    assert slot.needs_rebuild


def test_values_stated_again_after_the_end_are_counted_anew() -> None:
    slot = slot_of(said(1, 1, RESOLVES), said(1, 2), said(1, 3, EMPTY), said(2, 4, EMPTY))

    assert not slot.needs_rebuild
    assert slot.agreeing == 2


@settings(max_examples=300)
@given(
    drawn=st.lists(
        st.builds(
            said,
            st.integers(0, 3),
            st.integers(0, 9),
            st.sampled_from([NAME, RESOLVES, RESOLVES, EMPTY]),
        )
        | st.builds(said, st.integers(0, 3), st.integers(0, 9)),
        min_size=1,
        max_size=10,
        unique_by=lambda one: (one.collector, one.ended_at),
    )
)
def test_in_whatever_order_answers_come_the_state_is_right_or_known_to_be_incomplete(
    drawn: list[Answer],
) -> None:
    for count in range(1, len(drawn) + 1):
        ledger, model = ledger_of(drawn[:count]), Model("org", drawn[:count])
        slot = ledger.entities[NAME.id_in("org")]
        if slot.needs_rebuild or ledger.late_claims:
            return
        for at in model.moments:
            held = model.at(at).get(where(NAME))
            if held is not None:
                assert _values_at(slot, at) == held.values, at
        now = model.at(model.moments[-1]).get(where(NAME))
        assert slot.agreeing in (None, now.agreeing if now else 0)


def _values_at(slot: Slot, at: int) -> Values:
    if slot.changed_at is None or slot.changed_at <= at:
        return slot.values or {}
    return next((v or {} for since, until, v in slot.former if since <= at < until), {})


def logs() -> st.SearchStrategy[list[Said]]:
    """Answers of some claims, each claim's at different moments."""
    values = st.sampled_from([None, {}, {"a": 1}, {"a": 2}, {"a": 1, "u": ["x"]}, {"u": ["y"]}])
    one = st.builds(
        lambda claim, at, stated, doubt: Said(
            claim, at, "", stated is not None, f"{claim}{stated}", doubt, stated
        ),
        st.sampled_from("abcd"), st.integers(0, 12), values, st.sampled_from([1, 2]),
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=14, unique_by=lambda said: (said.claim, said.at))


@settings(max_examples=300)
@given(log=logs())
def test_a_rebuilt_fact_has_at_every_moment_what_its_claims_say_then(log: list[Said]) -> None:
    merges = {"u": "union"}
    rebuilt = rebuild(log, merges)
    if rebuilt is None:
        assert not any(one.states for one in log)
        return
    for at in sorted({one.at for one in log}):
        standing = _standing(log, at)
        if not standing:
            continue
        wanted = resolve(standing, merges)
        former = [v for since, until, v in rebuilt.versions if since <= at < until]
        has_changed = rebuilt.changed_at is not None and at < rebuilt.changed_at
        assert ((former or [{}])[0] if has_changed else rebuilt.values) == wanted, at
    last = [values for *_, values in _standing(log, 99) if values]
    agreeing = len(last) if all(values == rebuilt.values for values in last) else None
    assert rebuilt.agreeing == agreeing


def _standing(log: list[Said], at: int) -> list[tuple[int, int, str, Values]]:
    """What each claim states at a moment: its doubt, since when by this content, itself, its values."""
    found: list[tuple[int, int, str, Values]] = []
    for claim in sorted({one.claim for one in log}):
        past = sorted((o for o in log if o.claim == claim and o.at <= at), key=lambda o: o.at)
        if not past or not past[-1].states:
            continue
        since = past[-1]
        for one in reversed(past):
            if not one.states or one.content != since.content:
                break
            since = one
        found.append((since.doubt, since.at, claim, past[-1].values or {}))
    return found
