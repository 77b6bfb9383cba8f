"""Where jars come from: an address that is set, or Maven's settings, or what a client knows.

No address stands in this project; `jgo`, a Maven client in Python, knows the usual one.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from jgo.constants import MAVEN_CENTRAL_URL


def repository_address(setting: str, maven_folder: Path) -> str:
    """The repository to fetch from: `setting`, else Maven's mirror, else the usual one."""
    return setting or _mirror(maven_folder / "settings.xml") or MAVEN_CENTRAL_URL


def local_repository(maven_folder: Path) -> Path | None:
    """The folder in which Maven keeps what it fetched, if there is one."""
    folder = maven_folder / "repository"
    return folder if folder.is_dir() else None


def _mirror(settings: Path) -> str:
    """The address of the mirror that stands for `central` (or for everything)."""
    try:
        root = ElementTree.parse(settings).getroot()  # noqa: S314 - the user's own file
    except (FileNotFoundError, ElementTree.ParseError):
        return ""
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]  # the schema's version varies
    for mirror in root.iter("mirror"):
        if {"*", "central", "external:*"} & set((mirror.findtext("mirrorOf") or "").split(",")):
            return (mirror.findtext("url") or "").strip()
    return ""
