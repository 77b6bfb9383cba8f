"""Other systems that match records, where they are installed (the group `references` of pyproject.toml).

Each is used as it is without training: recordlinkage's ECM classifier, splink's expectation maximization,
nomenklatura's matchers of names. dedupe is left out: it does nothing without a person who labels pairs.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench._kit.labelled import LabelledSet, Pairs
from graph.match.records.candidates import Candidates
from graph.match.records.columns import arranged
from graph.match.records.table import Table

_MOST_COLUMNS = 8  # the best filled ones: splink's model grows with each

DEFAULT = "nomenklatura regression-v1"
"""Its default matcher."""

Matcher = Callable[[LabelledSet, Candidates], Pairs]
NameScorer = Callable[[Sequence[tuple[str, str]], str], list[float]]


def matchers() -> Mapping[str, Matcher]:
    """What is installed of those that match tables, by name."""
    known: dict[str, Matcher] = {"recordlinkage": _recordlinkage, "splink": _splink}
    return {name: matcher for name, matcher in known.items() if _is_there(name)}


def name_scorers() -> Mapping[str, NameScorer]:
    """The matchers of names that nomenklatura has, where it is installed."""
    if not _is_there("nomenklatura"):
        return {}
    names = ("name-based", "logic-v1", "logic-v2", "regression-v1")
    return {f"nomenklatura {name}": _nomenklatura(name) for name in names}


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def _recordlinkage(labelled: LabelledSet, candidates: Candidates) -> Pairs:
    """Jaro-Winkler of 0.85 or more in each column, then its ECM classifier, on the candidates of our blocker."""
    pandas, linkage = (importlib.import_module(name) for name in ("pandas", "recordlinkage"))
    left, right = _both(labelled)
    frames = [_frame(pandas, table) for table in (left, right)]
    pairs = pandas.MultiIndex.from_arrays([candidates.left, candidates.right])
    compare = linkage.Compare()
    for column in _filled(left):
        compare.string(column, column, method="jarowinkler", threshold=0.85)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vectors = compare.compute(pairs, *(frames if labelled.right else frames[:1]))
        found = linkage.ECMClassifier().fit_predict(vectors)
    return frozenset((left.ids[a], right.ids[b]) for a, b in found)


def _splink(labelled: LabelledSet, _: Candidates) -> Pairs:
    """Jaro-Winkler levels of each column, blocked on any column's equality, trained by expectation maximization."""
    pandas, splink = (importlib.import_module(name) for name in ("pandas", "splink"))
    library: Any = importlib.import_module("splink.comparison_library")
    left, right = _both(labelled)
    columns = _filled(left)
    rules = [splink.block_on(column) for column in columns]
    settings = splink.SettingsCreator(
        link_type="link_only" if labelled.right else "dedupe_only",
        comparisons=[library.JaroWinklerAtThresholds(column, [0.9, 0.7]) for column in columns],
        blocking_rules_to_generate_predictions=rules,
    )
    backend = importlib.import_module("splink.internals.duckdb.database_api").DuckDBAPI()
    tables = [
        backend.register(_frame(pandas, t).assign(unique_id=list(t.ids)))
        for t in ((left, right) if labelled.right else (left,))
    ]
    linker = splink.Linker(
        tables if labelled.right else tables[0], settings, log_level=logging.ERROR
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
        for rule in rules[:2]:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    place = {record: at for at, record in enumerate(left.ids)}
    named = zip(found["unique_id_l"], found["unique_id_r"], strict=True)
    if labelled.right:
        return frozenset(named)
    return frozenset((a, b) if place[a] < place[b] else (b, a) for a, b in named)


def _nomenklatura(name: str) -> NameScorer:
    def score(pairs: Sequence[tuple[str, str]], schema: str) -> list[float]:
        algorithm = importlib.import_module("nomenklatura.matching").get_algorithm(name)
        model = importlib.import_module("followthemoney").model
        config = algorithm.default_config()
        made: dict[str, Any] = {}
        for text in {each for pair in pairs for each in pair}:
            made[text] = model.make_entity(schema)
            made[text].id = f"id-{len(made)}"
            made[text].add("name", text)
        return [algorithm.compare(made[a], made[b], config).score for a, b in pairs]

    return score


def _both(labelled: LabelledSet) -> tuple[Table, Table]:
    """Both tables under columns `c0`, `c1`, …; the one table twice where there is one."""
    left, right = labelled.left, labelled.right or labelled.left
    if labelled.right:
        left, right = arranged(left, right)
    names = tuple(f"c{at}" for at in range(len(left.columns)))
    return Table(names, left.ids, left.rows), Table(names, right.ids, right.rows)


def _filled(table: Table) -> list[str]:
    """The best filled columns."""
    counts = [sum(map(bool, table.column(at))) for at in range(len(table.columns))]
    best = sorted(range(len(counts)), key=lambda at: (-counts[at], at))[:_MOST_COLUMNS]
    return [table.columns[at] for at in sorted(best)]


def _frame(pandas: Any, table: Table) -> Any:
    return pandas.DataFrame(
        [[value or None for value in row] for row in table.rows], columns=list(table.columns)
    )
