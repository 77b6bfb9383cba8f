"""Jars are fetched over HTTP or copied from Maven's, and only if they are what is listed."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.embedded.jars import Jar, JarUnavailable, fetch, missing
from server.embedded.maven import local_repository, repository_address

BODIES = {f"org/example/jar{n}/1/jar{n}-1.jar": bytes([n]) * (1000 + n) for n in range(40)}
JARS = [Jar(path, hashlib.sha256(body).hexdigest(), len(body)) for path, body in BODIES.items()]


class Repository(http.server.ThreadingHTTPServer):
    """A Maven repository on loopback."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies = {f"/maven2/{path}": body for path, body in BODIES.items()}
        self.failures: dict[str, int] = {}
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/maven2"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.failures.get(self.path, 0) > 0:
            self.server.failures[self.path] -= 1
            self.send_error(503)
        elif self.path in self.server.bodies:
            body = self.server.bodies[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_error(404)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def repository() -> Iterator[Repository]:
    with Repository() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_all_jars_come_with_their_bytes_counted(repository: Repository, tmp_path: Path) -> None:
    counts: list[int] = []

    fetch(JARS, tmp_path, repository.address, None, counts.append)

    assert missing(JARS, tmp_path) == []
    assert {path: (tmp_path / path).read_bytes() for path in BODIES} == BODIES
    assert sum(counts) == sum(jar.size for jar in JARS)
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == len(JARS)


def test_what_maven_has_is_copied_unless_it_is_harmed(
    repository: Repository, tmp_path: Path
) -> None:
    local = tmp_path / ".m2" / "repository"
    for jar in JARS:
        (local / jar.path).parent.mkdir(parents=True)
        (local / jar.path).write_bytes(BODIES[jar.path])
    (local / JARS[7].path).write_bytes(b"\0" * JARS[7].size)

    fetch(JARS, tmp_path / "cache", repository.address, local, lambda _: None)

    assert repository.asked == [f"/maven2/{JARS[7].path}"]
    assert (tmp_path / "cache" / JARS[7].path).read_bytes() == BODIES[JARS[7].path]


def test_a_passing_fault_is_tried_again(repository: Repository, tmp_path: Path) -> None:
    path = f"/maven2/{JARS[3].path}"
    repository.failures[path] = 2

    fetch(JARS[3:4], tmp_path, repository.address, None, lambda _: None)

    assert repository.asked == [path] * 3
    assert missing(JARS[3:4], tmp_path) == []


def test_a_harmed_jar_is_refused_and_not_kept(repository: Repository, tmp_path: Path) -> None:
    repository.bodies[f"/maven2/{JARS[5].path}"] = b"\xff" * JARS[5].size
    counts: list[int] = []

    with pytest.raises(JarUnavailable, match=r"jar5-1\.jar .* SHA-256 .* the lock says"):
        fetch(JARS[5:6], tmp_path, repository.address, None, counts.append)

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []
    assert sum(counts) == 0


def test_a_missing_jar_is_told_by_its_path(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(JarUnavailable, match=r"absent/1/absent-1\.jar could not .* answered 404"):
        fetch(
            [Jar("org/example/absent/1/absent-1.jar", "00" * 32, 1)],
            tmp_path,
            repository.address,
            None,
            lambda _: None,
        )

    assert len(repository.asked) == 1


MIRRORS = """\
<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0"><mirrors>
<mirror><id>a</id><mirrorOf>other</mirrorOf><url>http://other.example/</url></mirror>
<mirror><id>b</id><mirrorOf>*,!private</mirrorOf><url> http://mirror.example/maven/ </url></mirror>
</mirrors></settings>
"""


def test_the_address_is_the_one_set_then_mavens_mirror_then_the_usual(tmp_path: Path) -> None:
    usual = repository_address("", tmp_path)
    assert usual.startswith("https://")
    assert repository_address("http://set.example", tmp_path) == "http://set.example"

    (tmp_path / "settings.xml").write_text(MIRRORS)

    assert repository_address("", tmp_path) == "http://mirror.example/maven/"
    assert repository_address("http://set.example", tmp_path) == "http://set.example"


def test_the_local_repository_is_mavens_if_there_is_one(tmp_path: Path) -> None:
    assert local_repository(tmp_path) is None
    (tmp_path / "repository").mkdir()
    assert local_repository(tmp_path) == tmp_path / "repository"
