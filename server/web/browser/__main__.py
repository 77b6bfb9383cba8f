"""`python -m server.web.browser` renews the committed files of this folder."""

from __future__ import annotations

from pathlib import Path

from server.web.browser.saved import archive
from server.web.browser.styles import style_sheet


def main() -> None:
    """Write the style sheet and the saved queries."""
    folder = Path(__file__).parent
    (folder / "mirage.grass").write_text(style_sheet(), "utf-8")
    (folder / "mirage-queries.zip").write_bytes(archive())


if __name__ == "__main__":
    main()
