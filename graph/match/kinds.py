"""The scorer of each kind: which features and vetoes it has. Weights and thresholds are in `weights/<scorer>.yaml`.

A fitted file (`graph.match.learning`) has the same form, so that it can be read, argued with, and put in place of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from graph.errors import InvalidRule
from graph.match import features as f
from graph.match.score import Compare, Feature, FindVeto, Scorer, Thresholds, Weight


class Design(NamedTuple):
    """What a scorer compares, before it has weights."""

    features: tuple[Feature, ...]
    vetoes: tuple[FindVeto, ...]


def _design(compared: tuple[Compare, ...], vetoes: tuple[FindVeto, ...] = ()) -> Design:
    listed = (Feature(each.__name__, (each.__doc__ or "").strip(), each) for each in compared)
    return Design(tuple(listed), vetoes)


DESIGNS: Mapping[str, Design] = {
    "LegalEntity": _design(
        (f.number, f.body_name, f.first_word, f.legal_form, f.country, f.date, f.site, f.email, f.phone, f.address),
        (f.another_number, f.ended_before),
    ),
    "Person": _design(
        (f.number, f.person_name, f.date, f.country, f.organization, f.email, f.phone, f.address, f.handle),
        (f.another_number, f.another_date),
    ),
    "UserAccount": _design(
        (f.proof, f.handle, f.person_name, f.picture, f.site, f.email), (f.disproof,)
    ),
    "EmailAddress-Person": _design(
        (f.mailbox, f.email, f.site, f.organization, f.named_together), (f.role_mailbox,)
    ),
    "Location": _design((f.address, f.postal_code, f.country), (f.another_house, f.another_country)),
    "SoftwareProduct": _design((f.product_name, f.vendor, f.number), (f.another_part,)),
    "Threat": _design((f.threat_name, f.techniques, f.number), (f.disproof,)),
    "File": _design((f.number,)),
}  # fmt: skip

_OF_KINDS = {
    **{kind: kind for kind in DESIGNS if kind not in ("EmailAddress-Person", "Threat")},
    **dict.fromkeys(("ThreatActor", "IntrusionSet", "Malware", "Tool", "Campaign"), "Threat"),
}


STATED: Mapping[str, str] = {"EmailAddress-Person": "HAS_EMAIL"}
"""The relationship that accepting a pair states, by its scorer; the others make the two one."""


def scorer_of(left_kind: str, right_kind: str) -> Scorer | None:
    """The scorer for two entities of these labels; None where such are never one."""
    if {left_kind, right_kind} == {"EmailAddress", "Person"}:
        return in_use("EmailAddress-Person")
    name = _OF_KINDS.get(left_kind)
    same = left_kind == right_kind or {left_kind, right_kind} == {"ThreatActor", "IntrusionSet"}
    return in_use(name) if name and same else None


_GIVEN: dict[str, Scorer] = {}


def take(folder: Path) -> tuple[str, ...]:
    """Use the scorers whose files lie in a folder (`Person.yaml`) in place of those that come with Mirage.

    Called once, when a process starts; gives their names. Raises InvalidRule, naming the file and what is wrong.
    """
    if not folder.is_dir():
        raise InvalidRule(f"{folder} is no folder of scorers")
    found = {}
    for file in sorted(folder.glob("*.yaml")):
        if file.stem not in DESIGNS:
            known = ", ".join(sorted(DESIGNS))
            raise InvalidRule(f"{file}: there is no scorer {file.stem!r}; there are {known}")
        found[file.stem] = read_scorer(file.stem, file.read_text("utf-8"), str(file))
    _GIVEN.clear()
    _GIVEN.update(found)
    return tuple(found)


def in_use(name: str) -> Scorer:
    """The scorer as this process uses it."""
    return _GIVEN.get(name) or shipped(name)


@cache
def shipped(name: str) -> Scorer:
    """The scorer with the weights that come with Mirage."""
    place = files("graph.match").joinpath("weights", f"{name}.yaml")
    return read_scorer(name, place.read_text("utf-8"), f"{name}.yaml")


def read_scorer(name: str, text: str, file: str) -> Scorer:
    """The scorer `name` with weights from a file's text. Raises InvalidRule, naming `file` and what is wrong."""
    design = DESIGNS[name]
    try:
        given: dict[str, Any] = yaml.safe_load(text)
        weights = {
            str(feature): Weight(float(each["agrees"]), float(each["differs"]))
            for feature, each in given["features"].items()
        }
        accept = None if given["accept"] is None else float(given["accept"])
        needs = frozenset(map(str, given.get("needs") or ()))
        thresholds = Thresholds(accept, float(given["review"]), needs)
        prior, version = float(given["prior"]), int(given["version"])
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRule(f"{file}: its form is that of the file shipped ({error!r})") from error
    listed = {feature.name for feature in design.features}
    if wrong := listed ^ set(weights):
        raise InvalidRule(
            f"{file}: features are {', '.join(sorted(listed))}; see {', '.join(sorted(wrong))}"
        )
    if unknown := needs - listed:
        raise InvalidRule(
            f"{file}: there is no feature {', '.join(sorted(unknown))} that could be needed"
        )
    if not 0 <= thresholds.review <= (1 if accept is None else accept) <= 1:
        raise InvalidRule(f"{file}: 0 ≤ review ≤ accept ≤ 1 is right")
    if name in ("Person", "EmailAddress-Person") and accept is not None:
        raise InvalidRule(f"{file}: people are never accepted by a threshold; accept is null")
    return Scorer(name, design.features, design.vetoes, weights, prior, thresholds, version)


def write_scorer(scorer: Scorer, heading: str = "") -> str:
    """A scorer's weights as the text of a file that `read_scorer` reads, each with what it is."""
    accept, review, needs = scorer.thresholds
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    lines += [
        f"scorer: {scorer.name}",
        f"version: {scorer.version}",
        "",
        "# Log odds of any two that blocking brings together, before anything is compared.",
        f"prior: {scorer.prior:.3f}",
        "",
        "# From this score on two are one by themselves; null is never.",
        f"accept: {'null' if accept is None else format(accept, '.4f')}",
    ]
    if needs:
        lines += [
            "# And only if one of these fully agrees.",
            f"needs: [{', '.join(sorted(needs))}]",
        ]
    lines += [
        "# From this score on a person is asked.",
        f"review: {review:.4f}",
        "",
        "# What each adds to the log odds: where it fully agrees, and where it does not at all;",
        "# in between what lies in between, and nothing where one side has no such value.",
        "features:",
    ]
    for feature in scorer.features:
        weight = scorer.weights[feature.name]
        lines.append(f"  # {feature.summary}")
        lines.append(
            f"  {feature.name}: {{agrees: {weight.agrees:.3f}, differs: {weight.differs:.3f}}}"
        )
    return "\n".join(lines) + "\n"
