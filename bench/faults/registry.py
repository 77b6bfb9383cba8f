"""Which rows there are: every class of a row in a module of `bench.faults.rows`. No list names them."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import bench.faults.rows
from bench.faults.matrix import TITLES
from bench.faults.row import Row


def rows() -> dict[int, Row]:
    """The rows by their numbers, in order. Raises ValueError where two have the same number, or one that is unknown."""
    found: dict[int, Row] = {}
    for listed in pkgutil.iter_modules(bench.faults.rows.__path__, "bench.faults.rows."):
        module = importlib.import_module(listed.name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if (
                not issubclass(kind, Row)
                or inspect.isabstract(kind)
                or kind.__module__ != listed.name
            ):
                continue
            if kind.number in found or kind.number not in TITLES:
                raise ValueError(
                    f"{kind.__qualname__}: {kind.number} is not free, or no row of the matrix"
                )
            found[kind.number] = kind()
    return dict(sorted(found.items()))


def missing() -> dict[int, str]:
    """The titles of the rows that are not made yet, by their numbers."""
    made = rows()
    return {number: title for number, title in TITLES.items() if number not in made}
