"""Why two are held to be one, or not: a score's parts in words, with numbers that add up to it."""

from __future__ import annotations

from typing import NamedTuple

from graph.match.score import Decision, Verdict, logistic

_DECIDED = {
    Decision.ACCEPT: "held to be one",
    Decision.REVIEW: "may be one; a person decides",
    Decision.REJECT: "held to be two",
}


class Reason(NamedTuple):
    """One part: a sentence, what it adds to the log odds, and the score of this part and those before it."""

    feature: str
    text: str
    adds: float
    score_so_far: float


class Explanation(NamedTuple):
    """A verdict for reading. `starting_score` is that of any two candidates; the last reason's score is the verdict's.

    Reasons come with the strongest first, whichever way they speak. `vetoes` are sentences; one is enough.
    """

    headline: str
    starting_score: float
    reasons: tuple[Reason, ...]
    vetoes: tuple[str, ...]
    score: float


def explain(verdict: Verdict) -> Explanation:
    """The reasons of a verdict."""
    total = verdict.prior
    reasons = []
    for part in sorted(verdict.parts, key=lambda each: (-abs(each.adds), each.feature)):
        total += part.adds
        compared = part.comparison
        what = part.feature.replace("_", " ")
        speaks = (
            "speaks for it"
            if part.adds > 0
            else "speaks against it"
            if part.adds < 0
            else "tells nothing"
        )
        text = f"{what}: {_both(compared.left, compared.right)}: {compared.reason}; {speaks}"
        reasons.append(Reason(part.feature, text, part.adds, logistic(total)))
    vetoes = tuple(
        f"{veto.field}: {_both(veto.left, veto.right)}: {veto.reason}" for veto in verdict.vetoes
    )
    decided = "held to be two, whatever speaks for it" if vetoes else _DECIDED[verdict.decision]
    headline = f"{_percent(verdict.score)}: {decided}"
    return Explanation(headline, logistic(verdict.prior), tuple(reasons), vetoes, verdict.score)


def as_text(explanation: Explanation) -> str:
    """An explanation as lines: the headline, where it starts, each reason with what it adds, and vetoes."""
    lines = [
        explanation.headline,
        f"  {_percent(explanation.starting_score):>8}  any two candidates",
    ]
    lines += [
        f"  {_percent(reason.score_so_far):>8}  {reason.adds:+.2f}  {reason.text}"
        for reason in explanation.reasons
    ]
    lines += [f"  veto      {veto}" for veto in explanation.vetoes]
    return "\n".join(lines)


def _both(left: str, right: str) -> str:
    return f"both “{left}”" if left == right else f"“{left}” and “{right}”"


def _percent(score: float) -> str:
    """A score as a percentage, exact enough that neither end is rounded to."""
    text = f"{score * 100:.1f} %"
    return (
        {"100.0 %": "over 99.9 %", "0.0 %": "under 0.1 %"}.get(text, text)
        if 0 < score < 1
        else text
    )
