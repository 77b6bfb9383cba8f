"""`mirage secret …` about single keys, on a real server, a real worker, and a source that knows its keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from graph.store import Store
from server.jobs.probing import Probing
from server.jobs.queue import Queue
from server.modules import catalog
from server.vault.secrets import Secrets
from tests.api.conftest import Command
from tests.api.test_module_trials import _apart, carrying_out
from tests.api.test_modules import offering
from tests.support import metered
from tests.support.keys import MASTERS
from tests.support.loopback import page

__all__ = ("_apart",)

pytestmark = pytest.mark.timeout(180)

FOLDER = str(Path(metered.__file__).parent)
GOOD, BAD = "good-0123456789", "bad-0123456789"


@pytest.fixture
def _metered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Beside all others, a source that counts its keys."""
    monkeypatch.setenv("MIRAGE_MODULE_FOLDERS", orjson.dumps([FOLDER]).decode())
    forget()
    yield
    monkeypatch.undo()
    forget()


def forget() -> None:
    """Have modules listed anew."""
    catalog.registry.cache_clear()
    catalog.modules.cache_clear()


async def add(mirage: Command, label: str, value: str) -> str:
    """A further key; its id."""
    named = (metered.SOURCE, metered.SECRET, "--label", label)
    told: str = await mirage("secret", "add", *named, typed=f"{value}\n")
    assert told.startswith(f"{metered.SOURCE} {metered.SECRET} has a further key {label}: ")
    return told.rsplit(maxsplit=1)[-1]


@pytest.mark.usefixtures("_metered")
async def test_keys_are_added_relabelled_disabled_and_dropped(mirage: Command) -> None:
    key = await add(mirage, "first", GOOD)
    assert (await mirage("secret", "change", key, "--label", "spare")) == "spare is READY\n"
    assert (await mirage("secret", "change", key, "--disable")) == "spare is DISABLED\n"
    (listed,) = (await mirage("secret", "list", "--json"))["secrets"]
    assert (listed["id"], listed["label"], listed["state"]) == (key, "spare", "DISABLED")
    shown = await mirage("secret", "list")
    assert key in shown
    assert GOOD not in shown
    assert "label" in await mirage("secret", "change", key, "--label", " ")
    assert (await mirage("secret", "drop", key)) == f"{key} is removed\n"
    assert (await mirage("secret", "drop", key)) == f"{key} was not set\n"


@pytest.mark.usefixtures("_metered")
async def test_each_key_is_tried_on_the_source(
    mirage: Command, queue: Queue, store: Store, redis_url: str
) -> None:
    none = await mirage("secret", "test", metered.COLLECTOR, "site.example")
    assert f"{metered.COLLECTOR} has no keys" in none
    await add(mirage, "good", GOOD)
    await add(mirage, "bad", BAD)
    async with metered.serving() as source, offering(queue, metered.COLLECTOR):
        source.says[GOOD] = page(b"yes")
        probing = Probing(queue, source.egress, catalog.registry(), Secrets(store, MASTERS))
        async with carrying_out(probing, redis_url):
            told = await mirage("secret", "test", metered.COLLECTOR, "site.example", "--json")
    works = {row["label"]: (row["works"], row["outcome"], row["fault"]) for row in told["keys"]}
    assert works == {"good": (True, "FOUND", None), "bad": (False, "ERROR", "UNAUTHORIZED")}
    assert dict(source.shown) == {GOOD: 1, BAD: 1}
    assert BAD not in str(told)
