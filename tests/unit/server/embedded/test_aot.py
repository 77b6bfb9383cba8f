"""The start-up cache is used where it is, and only for what it was made for."""

from __future__ import annotations

from pathlib import Path

from server.embedded.aot import cache_file, options_with

SERIAL, G1 = ("-XX:+UseSerialGC",), ("-XX:+UseG1GC",)


def test_a_cache_belongs_to_its_options(tmp_path: Path) -> None:
    assert cache_file(tmp_path, SERIAL) == cache_file(tmp_path, SERIAL)
    assert cache_file(tmp_path, SERIAL) != cache_file(tmp_path, G1)
    assert cache_file(tmp_path, SERIAL).parent == tmp_path


def test_options_name_the_cache_only_where_there_is_one(tmp_path: Path) -> None:
    file = cache_file(tmp_path, SERIAL)
    assert options_with(file, SERIAL) == SERIAL

    file.touch()
    assert options_with(file, SERIAL) == (f"-XX:AOTCache={file}", *SERIAL)
