"""The fragments in `changes/`, and folding them into CHANGELOG.md for a release.

`python -m tests.support.changes 0.2.0` writes the section of that version and removes the fragments it holds.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
BEGIN = "## Unreleased\n"
_FORM = re.compile(r"(?P<kind>\w+)\n\n(?P<text>[^\n]+(?:\n[^\n]+)*)\n")


class BadFragment(ValueError):
    """A fragment that cannot be folded; the message names the file and what would be right."""


@dataclass(frozen=True)
class Fragment:
    """One change: its kind, and a paragraph for users on one line."""

    slug: str
    kind: str
    text: str


def read_fragment(path: Path) -> Fragment:
    """The change that a file tells. Raises BadFragment."""
    found = _FORM.fullmatch(path.read_text("utf-8"))
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.md", path.name):
        raise BadFragment(f"{path.name}: the name is small letters, digits and single hyphens, .md")
    if found is None:
        raise BadFragment(f"{path.name}: it has a kind, an empty line and one paragraph")
    if found["kind"] not in KINDS:
        raise BadFragment(f"{path.name}: {found['kind']!r} is no kind; {', '.join(KINDS)} are")
    if not found["text"].endswith((".", ".)", "`")) or not 40 <= len(found["text"]) <= 2_000:
        raise BadFragment(f"{path.name}: the paragraph is 40 to 2,000 characters of sentences")
    return Fragment(path.stem, found["kind"], " ".join(found["text"].split()))


def read_fragments(folder: Path) -> list[Fragment]:
    """Every change of a folder, in the order of their kinds, then names. Raises BadFragment."""
    found = [read_fragment(path) for path in folder.glob("*.md")]
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.slug))


def folded(changelog: str, fragments: Iterable[Fragment], version: str, day: date) -> str:
    """The changelog with the section of a version. What stood under Unreleased opens it.

    Raises ValueError where the version is there already or no version, or there is no Unreleased.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ValueError(f"{version!r} is no version such as 0.2.0")
    if f"## {version} " in changelog:
        raise ValueError(f"the changelog has {version} already")
    if changelog.count(BEGIN) != 1:
        raise ValueError(f"the changelog has no single {BEGIN.strip()!r}")
    before, after = changelog.split(BEGIN)
    opening, mark, former = after.partition("\n## ")
    section = [f"## {version} ({day.isoformat()})", *filter(None, [opening.strip()])]
    section += _lines(fragments)
    return f"{before}{BEGIN}\n" + "\n".join(section) + "\n" + mark + former


def _lines(fragments: Iterable[Fragment]) -> Iterator[str]:
    for kind, changes in groupby(fragments, key=lambda one: one.kind):
        yield from ("", f"### {kind.capitalize()}")
        yield from (f"- {change.text}" for change in changes)


def main(version: str, checkout: Path = CHECKOUT) -> None:
    """Fold the fragments of a checkout into its changelog, then remove them."""
    fragments = read_fragments(checkout / "changes")
    page = checkout / "CHANGELOG.md"
    today = datetime.now(UTC).date()
    page.write_text(folded(page.read_text("utf-8"), fragments, version, today), "utf-8")
    for fragment in fragments:
        (checkout / "changes" / f"{fragment.slug}.md").unlink()
    sys.stdout.write(f"{version}: {len(fragments)} changes\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say the version: python -m tests.support.changes 0.2.0")
    main(sys.argv[1])
