"""`mirage new`: each skeleton passes its own tests and the contract's at once, in a copy of the checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph.errors import Conflict, InvalidQuestion, NotFound
from server.commands import new
from tests.support.copies import Copy, copy_checkout
from tests.support.stack import Neo4jAddress

LONG = "heron_that_stands_in_water_up"
MADE = (
    "collector heron",
    "collector heron.names",
    "importer etc_hosts",
    "rule exp.open_relay",
    "channel heron_chat",
    "kind MailingList",
)
LONG_ONES: tuple[tuple[new.What, str], ...] = (
    ("collector", f"{LONG}a.{LONG}"),
    ("importer", f"{LONG}b"),
    ("rule", f"new_area.{LONG}"),
    ("channel", f"{LONG}c"),
)
TRIALS = (
    "collectors/heron",
    "collectors/etc_hosts",
    f"collectors/{LONG}a",
    f"collectors/{LONG}b",
    "server/notify/channels/heron_chat",
    f"server/notify/channels/{LONG}c",
    "tests/unit/graph/model/test_mailing_list.py",
    "tests/unit/graph/correlate/test_pages.py",
    "tests/contract/test_channels.py",
    "tests/contract/test_collectors.py",
    "tests/contract/test_model.py",
    "tests/contract/test_schema.py",
    "tests/contract/test_browser_files.py",
    "tests/contract/test_reference.py",
)
# Of the contract, what speaks of the new ones or of all together.
OF_THEM = (
    "heron or etc_hosts or MailingList or MAILING_LIST or folder or broken or unique or described"
    " or reference or page or printed or sheet"
)
RULES = f"open_relay or {LONG}"

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, neo4j_server: Neo4jAddress, redis_url: str
) -> Copy:
    """A copy of the checkout in which one of everything was begun."""
    copy = copy_checkout(tmp_path_factory.mktemp("copy"), neo4j_server, redis_url)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(new, "CHECKOUT", copy.folder)
        for kind, name in LONG_ONES:
            new.begin(kind, name)
    for what in MADE:
        copy.must(f"./mirage new {what}")
    return copy


def test_the_skeletons_pass_their_tests_and_the_contract(made: Copy) -> None:
    told = made.must(f".venv/bin/pytest -q -p no:cacheprovider {' '.join(TRIALS)} -k '{OF_THEM}'")

    assert "skipped" not in told


def test_the_rules_find_what_their_cases_say(made: Copy) -> None:
    told = made.must(
        f".venv/bin/pytest -q -p no:cacheprovider tests/live/test_rules.py -k '{RULES}'"
    )

    # For each rule at least: five cases, one plan. What fires is tried once more by turns.
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) >= 2 * 6


def test_the_skeletons_have_the_form_and_the_types(made: Copy) -> None:
    folders = "collectors graph/model server/notify tests/unit/graph"
    made.must(f".venv/bin/python -m ruff check {folders}")
    made.must(f".venv/bin/python -m ruff format --check {folders}")
    files = [
        "collectors/heron/names.py",
        "collectors/heron/test_names.py",
        "collectors/etc_hosts/importer.py",
        "collectors/etc_hosts/test_etc_hosts.py",
        "server/notify/channels/heron_chat/heron_chat.py",
        "server/notify/channels/heron_chat/test_heron_chat.py",
        "graph/model/mailing_list.py",
        "tests/unit/graph/model/test_mailing_list.py",
    ]
    made.must(f".venv/bin/python -m mypy {' '.join(files)}")


@pytest.mark.parametrize(
    ("what", "name", "said"),
    [
        ("collector", "heron", "collectors/heron/manifest.toml has heron already"),
        ("collector", "heron.names", "collectors/heron/manifest.toml has heron.names already"),
        ("collector", "heron.collector", "collectors/heron/collector.py is there already"),
        ("collector", "Heron", "'Heron' is no name of the source of a collector: it has 3 to 30"),
        ("collector", "heron.", "'' is no name of what a collector finds"),
        ("collector", "heron.a.b", "as heron.names"),
        ("collector", "../heron", "begins with a letter, as heron or heron.names"),
        ("importer", "import", "'import' is a word of Python; choose another, as etc_hosts"),
        ("importer", "heron", "collectors/heron/__init__.py is there already; nothing was written"),
        ("importer", f"{LONG}bb", "3 to 30 small letters"),
        ("rule", "exp.open_relay", "open_relay.cases.yaml is there already; nothing was written"),
        ("rule", "open_relay", "it is CATEGORY.NAME, as exp.open_relay"),
        ("rule", "exp.open-relay", "'open-relay' is no name of a rule, behind its category,"),
        ("channel", "heron_chat", "heron_chat/__init__.py is there already; nothing was written"),
        ("channel", "heron.chat", "'heron.chat' is no name of a channel: it has 3 to 30"),
        ("kind", "MailingList", "graph/model/mailing_list.py is there already"),
        ("kind", "DomainName", "DomainName is taken"),
        ("kind", "Apex", "Apex is taken"),
        ("kind", "Finding", "Finding is taken"),
        ("kind", "ResolvesTo", "ResolvesTo is taken"),
        ("kind", "mailing_list", "each word with a capital, as MailingList"),
    ],
)
def test_a_bad_name_is_answered_with_what_would_be_right(
    made: Copy, monkeypatch: pytest.MonkeyPatch, what: new.What, name: str, said: str
) -> None:
    monkeypatch.setattr(new, "CHECKOUT", made.folder)
    before = contents(made.folder)

    with pytest.raises((InvalidQuestion, Conflict), match=re.escape(said)):
        new.begin(what, name)

    assert contents(made.folder) == before


def test_without_a_checkout_nothing_is_begun(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(new, "CHECKOUT", tmp_path)

    with pytest.raises(NotFound, match="is no checkout of Mirage"):
        new.begin("rule", "exp.open_relay")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("word", "several"),
    [("mailingList", "mailingLists"), ("agency", "agencies"), ("key", "keys"), ("box", "boxes")],
)
def test_several_of_a_kind_are_named_as_in_english(word: str, several: str) -> None:
    assert new.plural(word) == several


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file that a skeleton could touch."""
    places = (
        "collectors", "cypher", "graph/model", "docs", "server/notify/channels", "tests/unit/graph/model",
    )  # fmt: skip
    return {
        path: path.read_bytes()
        for place in places
        for path in (folder / place).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
