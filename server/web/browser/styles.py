"""The style sheet (GraSS) for Neo4j Browser: a hue for each family of kinds, a shade for each kind in it."""

from __future__ import annotations

import colorsys
from collections import defaultdict
from collections.abc import Iterator, Mapping

from graph.model import registry

BASE = """node {
  diameter: 52px;
  color: #8a97a0;
  border-color: #66727a;
  border-width: 2px;
  text-color-internal: #ffffff;
  font-size: 10px;
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
    "Finding": ("#b3261e", "60px", "{title}"),
    "Observation": ("#6b7280", "36px", "{collector}"),
    "Claim": ("#9ca3af", "32px", "{collector}"),
    "Evidence": ("#4b5563", "32px", "{media_type}"),
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
    families: dict[str, list[str]] = defaultdict(list)
    for name, kind in registry.kinds().items():
        families[kind.__module__.rpartition(".")[2]].append(name)
    for place, family in enumerate(sorted(families)):
        names = sorted(families[family])
        for shade, name in enumerate(names):
            colour = _colour(place / len(families), shade / len(names))
            yield _rule(name, colour, "56px" if shade == 0 else "50px", "{caption}")


def _colour(hue: float, shade: float) -> str:
    """White text is to be read on it, so it is never light."""
    red, green, blue = colorsys.hls_to_rgb(hue, 0.34 + 0.16 * shade, 0.62 - 0.18 * shade)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


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
