"""The style sheet (GraSS) for Neo4j Browser: a colour and a caption for each kind."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Mapping

from graph.model import registry

GOLDEN = 0.618034
SHADES = (0.34, 0.42, 0.29)
DARK_ENOUGH = 0.18  # white text on it has a contrast of 4.5 to 1
BASE = """node {
  diameter: 80px;
  color: #8a97a0;
  border-color: #66727a;
  border-width: 2px;
  text-color-internal: #ffffff;
  font-size: 9px;
}
relationship {
  color: #9aa7ae;
  shaft-width: 1px;
  font-size: 8px;
  padding: 3px;
  text-color-external: #33414a;
  text-color-internal: #ffffff;
  caption: "<type>";
}
node.Entity {
  caption: "{caption}";
}
"""

PLATFORM: Mapping[str, tuple[str, str, str]] = {
    "Finding": ("#b3261e", "80px", "{title}"),
    "Observation": ("#6b7280", "56px", "{collector}"),
    "Claim": ("#9ca3af", "46px", "{collector}"),
    "Evidence": ("#4b5563", "46px", "{media_type}"),
    "Version": ("#c4c9cf", "30px", "{from}"),
    "Scan": ("#1f2937", "44px", "{name}"),
    "Run": ("#374151", "44px", "{state}"),
    "Rule": ("#7f1d1d", "40px", "{rule}"),
    "Note": ("#a16207", "36px", "{text}"),
    "Organization": ("#111827", "56px", "{name}"),
    "User": ("#111827", "44px", "{email}"),
}
"""Nodes that are not collected: colour, size and caption."""


def style_sheet() -> str:
    """The whole sheet. A kind's colour depends on the kinds there are, and on nothing else."""
    parts = [BASE, *_kinds(), *(_rule(label, *style) for label, style in PLATFORM.items())]
    return "".join(parts)


def _kinds() -> Iterator[str]:
    for place, name in enumerate(sorted(registry.kinds())):
        yield _rule(name, _colour(place), "80px", "{caption}")


def _colour(place: int) -> str:
    """Neighbours in the order of names get hues far apart. Red is left to findings."""
    hue = 0.06 + 0.88 * (place * GOLDEN % 1)
    parts = colorsys.hls_to_rgb(hue, SHADES[place % len(SHADES)], 0.55)
    while _luminance(parts) > DARK_ENOUGH:
        parts = (parts[0] * 0.95, parts[1] * 0.95, parts[2] * 0.95)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def _luminance(parts: tuple[float, float, float]) -> float:
    """How bright a colour is, 0 to 1, near enough to the definition of WCAG."""
    return float(
        sum(share * part**2.2 for share, part in zip((0.21, 0.72, 0.07), parts, strict=True))
    )


def _rule(label: str, colour: str, size: str, caption: str) -> str:
    return (
        f"node.{label} {{\n"
        f"  color: {colour};\n"
        f"  border-color: {_darker(colour)};\n"
        "  text-color-internal: #ffffff;\n"
        f"  diameter: {size};\n"
        f'  caption: "{caption}";\n'
        "}\n"
    )


def _darker(colour: str) -> str:
    parts = (int(colour[at : at + 2], 16) * 3 // 4 for at in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)
