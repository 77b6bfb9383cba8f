"""What the driver's exceptions become, where no real database can be had to raise them at will."""

from __future__ import annotations

from typing import Any, cast

import pytest
from neo4j.exceptions import Neo4jError, ServiceUnavailable, SessionExpired, TransactionError

from graph.errors import LimitExceeded, StorageFull, StoreUnavailable
from graph.translating import (
    Again,
    is_absence,
    persons_own,
    translated,
)


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


@pytest.mark.parametrize(
    ("code", "said", "means"),
    [
        ("Neo.ClientError.General.WriteOnReadOnlyAccessDatabase", "No write operations are allowed", StorageFull),
        ("Neo.DatabaseError.General.UnknownError", "Could not preallocate disk space for the transaction", StorageFull),
        ("Neo.DatabaseError.Statement.ExecutionFailed", "The database neo4j is in read-only mode", StorageFull),
        ("Neo.DatabaseError.Transaction.TransactionStartFailed", "a critical error, and needs to be restarted", Again),
        ("Neo.DatabaseError.Database.Unknown", "Unable to complete transaction.", Again),
    ],
)  # fmt: skip
def test_a_database_that_cannot_write_says_so_with_a_code(
    code: str, said: str, means: type[Exception]
) -> None:
    with pytest.raises(means), translated():
        raise Neo4jError._hydrate_neo4j(code=code, message=said)


@pytest.mark.parametrize(
    ("code", "means"),
    [
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", LimitExceeded),
        ("Neo.TransientError.General.DatabaseUnavailable", StoreUnavailable),
    ],
)
def test_a_statement_of_a_persons_own_that_takes_all_memory_is_theirs_to_mend(
    code: str, means: type[Exception]
) -> None:
    error = StoreUnavailable("Neo4j does not answer now; try again")
    error.__cause__ = Neo4jError._hydrate_neo4j(code=code, message="no")
    with pytest.raises(means), persons_own():
        raise error
