"""How many connections there are files for."""

from __future__ import annotations

import resource

import pytest

from server.web.serving import OTHER_FILES, possible_connections


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "raised", "found"),
    [
        (1_024, 524_288, 16_000, 16_300, 16_000),
        (1_024, 4_096, 16_000, 4_096, 3_796),
        (1_024, resource.RLIM_INFINITY, 16_000, 16_300, 16_000),
        (20_000, 20_000, 16_000, None, 16_000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 16_000, None, 16_000),
        (256, 256, 16_000, 256, 1),
    ],
)
def test_the_limit_on_files_is_raised_as_far_as_allowed(
    monkeypatch: pytest.MonkeyPatch,
    soft: int,
    hard: int,
    wanted: int,
    raised: int | None,
    found: int,
) -> None:
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: calls.append(limits))

    assert possible_connections(wanted) == found
    assert calls == ([] if raised is None else [(raised, hard)])


def test_where_it_cannot_be_raised_there_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_024, 524_288))
    monkeypatch.setattr(resource, "setrlimit", refuse)

    assert possible_connections(16_000) == 1_024 - OTHER_FILES
