"""What the driver's exceptions become, where no real database can be had to raise them at will."""

from __future__ import annotations

from typing import Any, cast

import pytest
from neo4j.exceptions import ServiceUnavailable, SessionExpired, TransactionError

from graph.errors import StoreUnavailable
from graph.translating import Again, is_absence, translated


def failed(cause: Exception) -> TransactionError:
    """What the driver raises for each statement of a transaction after the one that failed by this."""
    error = TransactionError(cast(Any, None), "Transaction failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("cause", [ServiceUnavailable("gone"), SessionExpired("gone"), OSError(9)])
def test_a_transaction_whose_way_was_cut_may_pass(cause: Exception) -> None:
    with pytest.raises(Again) as again, translated():
        raise failed(cause)
    assert isinstance(again.value.error, StoreUnavailable)
    assert is_absence(cause)


def test_a_transaction_that_was_used_wrongly_is_a_defect() -> None:
    with pytest.raises(TransactionError), translated():
        raise failed(ValueError("used after its end"))
    assert not is_absence(ValueError())
