"""What a process tells whoever holds its job."""

from __future__ import annotations

import pytest

from collectors._kit.faults import Fault
from collectors._kit.registry import BrokenCollector
from graph.errors import LimitExceeded, MirageError, StoreUnavailable
from server.jobs.isolation import Outcome
from server.jobs.looking import Looked
from server.modules.health import BrokenModule, evidence_of_error, failing


def sent(outcome: Outcome) -> Outcome:
    """As it comes over the socket."""
    return Outcome.model_validate_json(outcome.model_dump_json())


def test_a_look_comes_over_as_it_was() -> None:
    looked = Looked(3, 1, "no resolver", failing(Fault.RATE_LIMITED, "x"))
    assert sent(Outcome.of(looked)).looked() == looked


def test_a_defect_is_told_as_the_modules() -> None:
    with pytest.raises(BrokenModule, match="its file") as raised:
        sent(Outcome.of_error(BrokenCollector("its file"))).looked()
    assert evidence_of_error(raised.value) == failing(Fault.DEFECT, "BrokenCollector")


@pytest.mark.parametrize(
    ("error", "sort"),
    [(LimitExceeded("too much"), MirageError), (StoreUnavailable("away"), StoreUnavailable)],
)
def test_another_error_is_nobodys_fault(error: MirageError, sort: type[MirageError]) -> None:
    with pytest.raises(sort, match=str(error)) as raised:
        sent(Outcome.of_error(error)).looked()
    assert not isinstance(raised.value, BrokenModule)
