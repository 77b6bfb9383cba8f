"""A source of another project, whose collectors take their process along, each in its way."""

from __future__ import annotations

from pathlib import Path

ENTRY = "[mirage.collectors]\ntoxic = tests.support.toxic\n"
METADATA = "Metadata-Version: 2.1\nName: toxic\nVersion: 1.0\n"


def install(folder: Path) -> Path:
    """What an installer would leave in `folder`, to be put on the import path beside this project."""
    info = folder / "toxic-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text(ENTRY, encoding="utf-8")
    (info / "METADATA").write_text(METADATA, encoding="utf-8")
    return folder
