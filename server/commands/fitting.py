"""`mirage match labels` and `mirage match fit`: what people decided as labelled pairs, and a scorer fitted on such."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from graph.errors import MirageError
from graph.identity.gathering import from_json
from graph.match.kinds import DESIGNS, in_use, write_scorer
from graph.match.learning import Fitted, LabelledPair, fit
from server.commands.answers import Refusal, endpoint
from server.commands.console import out
from server.commands.documents import matches as documents
from server.commands.listing import print_one
from server.settings import StackSettings


def write_labels(
    settings: StackSettings, kinds: list[str] | None, file: Path, *, as_json: bool
) -> int:
    """Write what people decided of pairs as labelled pairs, one JSON object a line. Raises Refusal.

    What a threshold decided is no label, nor is what was put off.
    """
    given = {"states": ["ACCEPTED", "REJECTED"], "kinds": kinds}
    found = endpoint(settings).nodes(documents.MATCH_LABELS, given)
    lines = []
    for each in found:
        pair = each["compared"]
        if each["decision"]["isAutomatic"] or None in (pair["left"], pair["right"]):
            continue
        label = {"scorer": each["kind"], "is_one": each["state"] == "ACCEPTED", **pair}
        lines.append(orjson.dumps(label, option=orjson.OPT_SORT_KEYS) + b"\n")
    file.write_bytes(b"".join(lines))
    counts = Counter((each["scorer"], each["is_one"]) for each in map(orjson.loads, lines))
    told = {
        scorer: f"{counts[scorer, True]} one, {counts[scorer, False]} two"
        for scorer in sorted({scorer for scorer, _ in counts})
    }
    print_one({"file": str(file), "pairs": len(lines), **told}, as_json=as_json)
    return 0


def fit_scorer(labels: Path, scorer: str, file: Path, *, as_json: bool) -> int:
    """Fit a scorer on the labelled pairs of a file, write it, and tell how it does. Raises Refusal."""
    if scorer not in DESIGNS:
        raise Refusal(f"there is no scorer {scorer!r}; there are {', '.join(sorted(DESIGNS))}")
    pairs = list(_read(labels, scorer))
    try:
        fitted = fit(in_use(scorer), pairs)
    except MirageError as error:
        raise Refusal(f"{labels}: of {scorer} there are {error}") from error
    heading = f"Fitted on {len(pairs)} labelled pairs.\n{fitted.report}"
    file.write_text(write_scorer(fitted.scorer, heading), "utf-8")
    if as_json:
        print_one(_report(file, fitted), as_json=True)
    else:
        out.print(str(fitted.report), highlight=False)
        out.print(
            f"written to {file}; processes with MIRAGE_MATCH_WEIGHTS={file.parent} use it once they start",
            highlight=False,
        )
    return 0


def _read(labels: Path, scorer: str) -> Iterator[LabelledPair]:
    try:
        lines = labels.read_bytes().splitlines()
    except OSError as error:
        raise Refusal(f"{labels}: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            given = orjson.loads(line)
            if given["scorer"] != scorer:
                continue
            left, right = (
                from_json(orjson.dumps(given[side]).decode()) for side in ("left", "right")
            )
            yield LabelledPair(left, right, bool(given["is_one"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Refusal(
                f"{labels}, line {number}: a line is an object with scorer, is_one, left and right, as"
                f" `mirage match labels` writes them ({error})"
            ) from error


def _report(file: Path, fitted: Fitted) -> dict[str, Any]:
    report = fitted.report
    return {
        "file": str(file),
        "scorer": fitted.scorer.name,
        "pairs": report.pairs,
        "ones": report.ones,
        "accept": report.at_accept._asdict() if report.at_accept else None,
        "review": report.at_review._asdict(),
        "best": report.best._asdict(),
        "brier": report.brier,
        "calibration_gap": report.error,
    }
