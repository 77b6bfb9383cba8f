"""Fitting: weights follow the labels, stay near where they began, and come with an honest report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graph.errors import InvalidFact
from graph.match.identifiers import Number
from graph.match.kinds import read_scorer, shipped, write_scorer
from graph.match.learning import LabelledPair, fit, quality
from graph.match.profile import Profile

NAMES = tuple(
    f"{a} {b}"
    for a in ("Acme", "Nova", "Orion", "Zenith", "Apex")
    for b in ("Harbor", "Lantern", "Meadow", "Raven")
)

MOST = 2.0


def labelled(site_tells: bool = True) -> list[LabelledPair]:
    """Twenty bodies, each with a copy under a misspelt name and with the same site, and each beside the next."""
    found = []
    for at, name in enumerate(NAMES):
        site = f"{name.replace(' ', '').lower()}.com"
        one = Profile("LegalEntity", f"{at}a", (name,), sites=(site,), countries=("DE",))
        copy = replace(one, id=f"{at}b", names=(name.replace("r", "rr", 1),))
        other = replace(one, id=f"{at}c", names=(NAMES[(at + 1) % 20],))
        found += [LabelledPair(one, copy, True), LabelledPair(one, other, not site_tells)]
    return found


def test_a_fit_tells_pairs_apart_and_says_how_well() -> None:
    scorer, report = fit(shipped("LegalEntity"), labelled())

    assert (report.pairs, report.ones, report.vetoed_ones) == (40, 20, 0)
    assert report.best.f1 == 1
    assert report.at_accept is not None
    assert report.at_accept.precision == 1
    assert report.at_review.recall >= 0.95
    assert report.error < 0.2
    assert sum(each.pairs for each in report.bins) == 40
    assert "40 pairs, 20 of them one" in str(report)
    assert "accepted automatically" in str(report)
    assert scorer.version == 2
    for weight in scorer.weights.values():
        assert weight.agrees >= weight.differs


def test_a_feature_that_tells_nothing_loses_weight() -> None:
    before = shipped("LegalEntity").weights["site"]

    after = fit(shipped("LegalEntity"), labelled()).scorer.weights["site"]

    # The site is shared by all pairs here, those that are not one, too.
    assert after.agrees < before.agrees
    unseen = fit(shipped("LegalEntity"), labelled()).scorer.weights["phone"]
    assert unseen.agrees == pytest.approx(shipped("LegalEntity").weights["phone"].agrees, abs=1e-6)


def test_few_pairs_change_weights_little() -> None:
    before = shipped("LegalEntity").weights["body_name"]

    after = fit(shipped("LegalEntity"), labelled()).scorer.weights["body_name"]

    # The pairs are told apart by names alone, so that without holding them weights would grow for ever.
    assert abs(after.agrees - before.agrees) < MOST
    assert abs(after.differs - before.differs) < MOST


def test_a_fitted_scorer_is_written_and_read() -> None:
    scorer, report = fit(shipped("LegalEntity"), labelled())

    text = write_scorer(scorer, str(report))

    again = read_scorer("LegalEntity", text, "fitted.yaml")
    assert again.version == 2
    assert again.prior == pytest.approx(scorer.prior, abs=1e-3)
    assert "# calibration: mean gap" in text


def test_vetoes_decide_whatever_is_fitted() -> None:
    pairs = labelled()
    one = replace(pairs[0].left, numbers=(Number("lei", "A"),))
    other = replace(pairs[0].right, numbers=(Number("lei", "B"),))

    report = fit(shipped("LegalEntity"), [*pairs, LabelledPair(one, other, True)]).report

    assert report.vetoed_ones == 1
    assert report.best.recall < 1


def test_people_get_no_threshold_to_accept_from() -> None:
    pairs = [
        LabelledPair(
            Profile("Person", f"{at}a", (name,), dates=("1980-01-02",)),
            Profile("Person", f"{at}{is_one}", (name if is_one else NAMES[(at + 7) % 20],)),
            is_one,
        )
        for at, name in enumerate(NAMES)
        for is_one in (True, False)
    ]

    scorer, report = fit(shipped("Person"), pairs)

    assert scorer.thresholds.accept is None
    assert report.at_accept is None
    assert "accepted" not in str(report)


def test_few_pairs_are_refused() -> None:
    with pytest.raises(InvalidFact, match="3 pairs that are one, 3 that are not"):
        fit(shipped("LegalEntity"), labelled()[:6])


def test_quality_at_a_threshold() -> None:
    scores, is_one = np.array([0.9, 0.8, 0.3]), np.array([True, False, True])

    assert quality(scores, is_one, 0.5) == (0.5, 2, 0.5, 0.5, 0.5)
    assert quality(scores, is_one, 0.95) == (0.95, 0, 1.0, 0.0, 0.0)
