"""Renews `neo4j.lock`, the list of jars of the embedded Neo4j, from `neo4j.pom.xml`.

Run as `python -m server.embedded.lock`. Needs Maven; nobody but the person who changes the version
of Neo4j runs it. The list holds repository paths, SHA-256 and size, and no address.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from server.embedded.jars import LOCK, Jar, format_lock

_POM = Path(__file__).with_name("neo4j.pom.xml")


def main() -> None:
    """Resolve, hash and write the list."""
    jars = sorted(map(_read_jar, _resolve()), key=lambda jar: jar.path)
    LOCK.write_text(format_lock(jars), encoding="utf-8")
    sys.stdout.write(f"{LOCK.name}: {len(jars)} jars, {sum(jar.size for jar in jars)} bytes\n")


def _resolve() -> list[Path]:
    """The files Maven found for the runtime, in its local repository."""
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder, "list.txt")
        command = ["mvn", "-q", "-B", "-f", str(_POM), "dependency:list", "-DincludeScope=runtime"]
        options = [f"-DoutputFile={listing}", "-DoutputAbsoluteArtifactFilename=true"]
        subprocess.run([*command, *options], check=True)  # noqa: S603 - a fixed command
        lines = listing.read_text(encoding="utf-8").splitlines()
    return [
        Path(line.split(" -- ")[0].rsplit(":", 1)[1].strip()) for line in lines if ".jar" in line
    ]


def _read_jar(file: Path) -> Jar:
    body = file.read_bytes()
    # group folders / artifact / version / file; the folders start below `repository`.
    path = file.as_posix().split("/repository/", 1)[1]
    return Jar(path, hashlib.sha256(body).hexdigest(), len(body))


if __name__ == "__main__":
    main()
