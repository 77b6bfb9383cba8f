"""Pictures that are drawn here, so that no other service learns what they show."""

from __future__ import annotations

import io

import segno

QUIET_ZONE = 4
"""Light modules around the code, as many as its standard asks for."""


def qr_code(text: str) -> str:
    """A QR code as an SVG element, a unit a module, black on white. Raises ValueError for text that is too long."""
    drawn = io.BytesIO()
    segno.make_qr(text, error="m").save(
        drawn,
        kind="svg",
        border=QUIET_ZONE,
        light="#fff",
        xmldecl=False,
        omitsize=True,
        nl=False,
        svgclass=None,
        lineclass=None,
    )
    return drawn.getvalue().decode("ascii")
