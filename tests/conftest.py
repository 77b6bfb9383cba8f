"""The real Neo4j and Redis of the session, started when the first test asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings as property_settings
from xdist.scheduler import LoadFileScheduling

from graph.store import Store
from server.settings import StackSettings
from tests.support import stack

# A change must not be refused for an example that another one drew by luck: with CI set, property tests draw the same
# examples each time. Everywhere else they draw new ones.
property_settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    property_settings.load_profile("ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files whose tests are allowed most time: begun last, one of them would hold up the end alone."""
    usual = float(config.getini("timeout"))
    allowed: dict[Path, float] = {}
    for item in items:
        if mark := item.get_closest_marker("timeout"):
            allowed[item.path] = max(mark.args[0], allowed.get(item.path, usual))
    items.sort(key=lambda item: -allowed.get(item.path, usual))


class Together(LoadFileScheduling):  # type: ignore[misc]
    """Files whole, each wherever there is time; and those that ask the same after one another, in one process.

    What they ask is planned once then, which is most of their time.
    """

    alike: ClassVar[Mapping[str, str]] = {"tests/api/test_isolation.py": "tests/api/test_hidden.py"}

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return self.alike.get(file, file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    """The schedule of several processes, where files are to stay whole."""
    return Together(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def _stack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="session")
def neo4j_server(_stack_folder: Path) -> Iterator[stack.Neo4jAddress]:
    """A real Neo4j: `uri`, `user`, `password`. Keep to an organization of the test's own."""
    with stack.neo4j(StackSettings(), _stack_folder) as address:
        yield address


@pytest.fixture(scope="session")
def redis_url(_stack_folder: Path) -> Iterator[str]:
    """The address of a real Redis, with password. Keep to a key prefix of the test's own."""
    with stack.redis(StackSettings(), _stack_folder) as url:
        yield url


@pytest.fixture
def waited(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The bookmarks that each reading statement waited for."""
    seen: list[tuple[str, ...]] = []
    real = store._once_read

    async def once(query: Any, parameters: Any, bookmarks: Sequence[str], take: Any) -> Any:
        seen.append(tuple(bookmarks))
        return await real(query, parameters, bookmarks, take)

    monkeypatch.setattr(store, "_once_read", once)
    return seen
