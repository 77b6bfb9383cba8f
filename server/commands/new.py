"""`mirage new`: a skeleton that works, to be changed into what is wanted.

The skeletons are files under `templates/`, each laid as it will lie in the checkout: `_word_` in a name and
`@{word}` in a text stand for what follows from the name that was given. Nothing is ever overwritten.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from collectors._kit.manifest import FILE_NAME, read_manifest
from graph.errors import Conflict, InvalidQuestion, NotFound
from graph.model.registry import kinds, relationship_types
from server.commands.console import out
from server.version import VERSION

What: TypeAlias = Literal["collector", "importer", "rule", "channel", "kind"]

CHECKOUT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).with_name("templates")
SUFFIX = ".tmpl"
COLLECTORS_PAGE = "docs/reference/collectors.md"
CHANNELS_PAGE = "docs/reference/channels.md"
KIND_PAGES = ("docs/reference/model.md", "schema.graphql", "server/web/browser/mirage.grass")

_WORD = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_LEAST, _MOST = 3, 30


@dataclass(frozen=True)
class Skeleton:
    """The words for its templates, its how-to page, how it is tried, and which pages tell of it."""

    words: Mapping[str, str]
    page: str
    trial: str
    renews: tuple[str, ...]


def new(what: What, name: str) -> int:
    """Write a skeleton, renew the pages that follow from it, and say what comes next.

    Raises InvalidQuestion (the name), Conflict (a file is there already), NotFound (no checkout).
    """
    skeleton = begin(what, name)
    # In a process of its own, which finds what was just written.
    renewing = [sys.executable, "-P", "-m", "server.cli", "docs", *skeleton.renews]
    subprocess.run(renewing, cwd=CHECKOUT, check=True)  # noqa: S603 - our own
    out.print(f"Make it yours ({skeleton.page}), and try it:\n  ./mirage test {skeleton.trial}")
    return 0


def begin(what: What, name: str) -> Skeleton:
    """Write the files of a skeleton and tell their names. Raises what `new` does."""
    if not (CHECKOUT / "tests" / "contract").is_dir():
        raise NotFound(f"{CHECKOUT} is no checkout of Mirage; `mirage new` writes into one")
    skeleton = _SKELETONS[what](name)
    files = _files(what, skeleton.words)
    _write(files)
    for path in files:
        out.print(f"wrote {path.relative_to(CHECKOUT)}")
    return skeleton


def _collector(name: str) -> Skeleton:
    source, _, what = name.partition(".")
    _check_word("the source of a collector", source, "heron or heron.names")
    if what or name.endswith("."):
        _check_word("what a collector finds", what, "heron.names")
    words = _source_words(source) | {
        "id": name,
        "module": what or "collector",
        "test": what or source,
        "class_name": _camel(what or source),
    }
    trial = f"collectors/{source} tests/contract/test_collectors.py"
    return Skeleton(words, "docs/howto/add-a-collector.md", trial, (COLLECTORS_PAGE,))


def _importer(name: str) -> Skeleton:
    _check_word("an importer", name, "etc_hosts")
    words = _source_words(name) | {"class_name": _camel(name)}
    trial = f"collectors/{name} tests/contract/test_collectors.py"
    return Skeleton(words, "docs/howto/add-an-importer.md", trial, (COLLECTORS_PAGE,))


def _source_words(source: str) -> dict[str, str]:
    title = source.replace("_", " ").capitalize()
    return {"source": source, "title": title, "host": source.replace("_", "-")}


def _rule(name: str) -> Skeleton:
    category, dot, rest = name.partition(".")
    if not dot:
        raise InvalidQuestion(f"{name!r} is no rule's name: it is CATEGORY.NAME, as exp.open_relay")
    _check_word("the category of a rule", category, "exp.open_relay")
    _check_word("a rule, behind its category,", rest, "exp.open_relay")
    title = rest.replace("_", " ").capitalize()
    words = {"category": category, "name": rest, "title": title, "version": VERSION[:3]}
    trial = f"tests/live/test_rules.py -k {name}"
    return Skeleton(words, "docs/howto/add-a-rule.md", trial, ("docs/reference/rules.md",))


def _channel(name: str) -> Skeleton:
    _check_word("a channel", name, "heron_chat")
    words = {**_source_words(name), "name": name, "class_name": _camel(name)}
    trial = f"server/notify/channels/{name} tests/contract/test_channels.py"
    return Skeleton(words, "docs/howto/add-a-channel.md", trial, (CHANNELS_PAGE,))


def _kind(name: str) -> Skeleton:
    if not re.fullmatch(r"(?:[A-Z][a-z]+)+", name) or not _LEAST <= len(name) <= _MOST:
        raise InvalidQuestion(
            f"{name!r} is no kind's name: it is one noun of {_LEAST} to {_MOST} letters, each word "
            "with a capital, as MailingList"
        )
    if name in _names_taken():
        raise Conflict(f"{name} is taken; a kind needs a name that nothing in the graph has")
    parts = re.findall("[A-Z][a-z]+", name)
    words = {
        "name": name,
        "title": " ".join(parts).capitalize(),
        "module": "_".join(parts).lower(),
        "type": "_".join(parts).upper(),
        "plural": plural(name[0].lower() + name[1:]),
    }
    trial = f"tests/contract/test_model.py tests/unit/graph/model/test_{words['module']}.py"
    return Skeleton(words, "docs/howto/add-a-kind.md", trial, KIND_PAGES)


_SKELETONS: Mapping[What, Callable[[str], Skeleton]] = {
    "collector": _collector,
    "importer": _importer,
    "rule": _rule,
    "channel": _channel,
    "kind": _kind,
}


def _check_word(of: str, word: str, example: str) -> None:
    if not re.fullmatch(_WORD, word) or not _LEAST <= len(word) <= _MOST:
        raise InvalidQuestion(
            f"{word!r} is no name of {of}: it has {_LEAST} to {_MOST} small letters, digits and single "
            f"underscores and begins with a letter, as {example}"
        )
    if keyword.iskeyword(word):
        raise InvalidQuestion(f"{word!r} is a word of Python; choose another, as {example}")


def _names_taken() -> set[str]:
    """What a kind may not be called: kinds, their roles, relationships, and types of the API."""
    from server.graphql.schema import core_schema  # noqa: PLC0415 - slow, and for kinds only

    roles = {role for kind in kinds().values() for role in kind.possible_roles}
    links = {link.__name__ for link in relationship_types().values()}
    return roles | links | set(core_schema().type_map)


def _camel(word: str) -> str:
    return "".join(part.capitalize() for part in word.split("_"))


def plural(word: str) -> str:
    """The English plural of a noun, as far as endings tell it."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word[:-1]}ies" if re.search("[^aeiou]y$", word) else f"{word}s"


def _files(what: What, words: Mapping[str, str]) -> dict[Path, str]:
    """The files of a skeleton, with their texts. Raises Conflict where one is there already."""
    root, known = TEMPLATES / what, "|".join(words)
    files = {}
    for template in sorted(root.glob(f"*/**/*{SUFFIX}")):
        place = str(template.relative_to(root)).removesuffix(SUFFIX)
        path = CHECKOUT / re.sub(f"_({known})_", lambda m: words[m[1]], place)
        files[path] = _filled(template, words)
    added = _add_table(files, words) if what == "collector" else None
    for path in files:
        if path.exists() and path != added:
            raise Conflict(f"{path.relative_to(CHECKOUT)} is there already; nothing was written")
    return files


def _filled(template: Path, words: Mapping[str, str]) -> str:
    return re.sub(r"@\{(\w+)\}", lambda m: words[m[1]], template.read_text("utf-8"))


def _add_table(files: dict[Path, str], words: Mapping[str, str]) -> Path | None:
    """Add the collector's table to its manifest, which is given if the source is there already."""
    folder = CHECKOUT / "collectors" / words["source"]
    manifest = folder / FILE_NAME
    is_there = manifest.exists()
    if is_there:
        if words["id"] in [one.id for one in read_manifest(manifest).collectors]:
            raise Conflict(f"{manifest.relative_to(CHECKOUT)} has {words['id']} already")
        del files[folder / "__init__.py"]
        files[manifest] = manifest.read_text("utf-8")
    files[manifest] += _filled(TEMPLATES / "collector" / f"table.toml{SUFFIX}", words)
    return manifest if is_there else None


def _write(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    python = [str(path) for path in files if path.suffix == ".py"]
    if python:  # a long name may need other line breaks than the template's
        subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *python], check=True)  # noqa: S603
