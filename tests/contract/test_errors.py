"""Error classes, the tree that is drawn of them, and the table of codes agree."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import errors
from graph.errors import MirageError
from server.web.codes import WITHOUT_CLASS, error_classes, errors_page
from server.web.problems import RETRY_AFTER_S, STATUS_OF

CHECKOUT = Path(__file__).parents[2]
# A class without a code of its own is its parent to callers.
CLASSES = [kind for kind in error_classes() if "code" in vars(kind)]
TABLE = set(re.findall(r"^\| `([A-Z_]+)` \|", errors_page(), re.MULTILINE))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_class_has_a_code_of_its_own_and_says_what_it_means(kind: type[MirageError]) -> None:
    same = [other.__name__ for other in CLASSES if other.code == kind.code]

    assert same == [kind.__name__]
    assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", kind.code)
    assert inspect.getdoc(kind) != inspect.getdoc(kind.__mro__[1])
    assert kind.code in TABLE


def test_the_tree_at_the_top_names_every_class_below_its_parent() -> None:
    lines = re.findall(r"^([│ ]*[├└]──) (\w+)", errors.__doc__ or "", re.MULTILINE)
    drawn = [(len(branch) // 4, name) for branch, name in lines]
    parents: dict[int, str] = {0: "MirageError"}
    found = set()
    for depth, name in drawn:
        found.add((name, parents[depth]))
        parents[depth + 1] = name
    own = [
        kind for kind in CLASSES if kind.__module__ == "graph.errors" and kind is not MirageError
    ]

    assert found == {(kind.__name__, kind.__mro__[1].__name__) for kind in own}


def test_a_retryable_error_is_drawn_so() -> None:
    text = errors.__doc__ or ""
    for kind in CLASSES:
        if kind.__module__ == "graph.errors" and kind.is_retryable:
            assert re.search(rf"{kind.__name__}\s.*\(retryable\)", text), kind.__name__


def test_who_meets_an_error_that_passes_is_told_to_come_again() -> None:
    passing = {kind.code for kind in CLASSES if kind.is_retryable}

    assert set(RETRY_AFTER_S) - WITHOUT_CLASS.keys() == passing
    assert {STATUS_OF.get(code) for code in passing} <= {429, 503}


def test_the_table_has_every_code_that_is_answered_and_no_other() -> None:
    said = set(_codes_in_the_server())

    assert said - TABLE == set()
    assert set(WITHOUT_CLASS) - said == set(), "told, but never answered"
    assert not set(WITHOUT_CLASS) & {kind.code for kind in CLASSES}
    assert set(STATUS_OF) | set(RETRY_AFTER_S) <= TABLE


def _codes_in_the_server() -> Iterator[str]:
    """The codes that the server's code gives to a problem or to `code`, returns, or keeps in a constant."""
    for path in (CHECKOUT / "server").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for given in _given(node):
                text = given.value if isinstance(given, ast.Constant) else None
                if isinstance(text, str) and text.isupper():
                    yield text


def _given(node: ast.AST) -> list[ast.expr]:
    """What stands where a code may stand."""
    match node:
        case ast.Call(func=ast.Name("Problem" | "problem_response"), args=[first, *_]):
            return [first]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return [v for k, v in pairs if isinstance(k, ast.Constant) and k.value == "code"]
        case ast.Return(value=ast.Tuple(elts=[first, *_])):
            return [first]
        case ast.Assign(targets=[ast.Name("VALIDATION_FAILED" | "INTERNAL")], value=value):
            return [value]
    return []
