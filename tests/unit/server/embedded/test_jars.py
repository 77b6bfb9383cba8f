"""The list of jars, and which of them are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.embedded.jars import Jar, format_lock, missing, read_lock

ONE = Jar("org/example/one/1/one-1.jar", "aa" * 32, 3)
TWO = Jar("org/example/two/2/two-2-linux-x86_64.jar", "bb" * 32, 5)


def test_a_lock_reads_back_as_written(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    file.write_text(format_lock([ONE, TWO]))

    assert read_lock(file) == [ONE, TWO]


def test_the_lock_of_the_project_is_a_sorted_list_of_relative_paths_with_hashes() -> None:
    jars = read_lock()

    assert [jar.path for jar in jars] == sorted({jar.path for jar in jars})
    assert all(jar.path.endswith(".jar") and not jar.path.startswith("/") for jar in jars)
    assert all(":" not in jar.path and ".." not in jar.path for jar in jars)
    assert all(len(bytes.fromhex(jar.sha256)) == 32 and jar.size > 0 for jar in jars)


@pytest.mark.parametrize("name", ["neo4j-server", "neo4j-browser", "neo4j-bolt"])
def test_the_lock_of_the_project_has_the_server(name: str) -> None:
    assert sum(f"/{name}/" in jar.path for jar in read_lock()) == 1


def test_only_files_of_the_right_size_count_as_there(tmp_path: Path) -> None:
    for jar, body in ((ONE, b"abc"), (TWO, b"half")):
        (tmp_path / jar.path).parent.mkdir(parents=True)
        (tmp_path / jar.path).write_bytes(body)

    assert missing([ONE, TWO], tmp_path) == [TWO]
    assert missing([ONE, TWO], tmp_path / "elsewhere") == [ONE, TWO]
