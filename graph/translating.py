"""What the driver's exceptions mean: whose fault it was, and whether it may pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConnectionPoolError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ResultFailedError,
    ServiceUnavailable,
    SessionExpired,
    TransactionError,
)

from graph.errors import (
    InvalidQuestion,
    LimitExceeded,
    MirageError,
    StorageFull,
    StoreOverloaded,
    StoreUnavailable,
)


def is_absence(error: BaseException | None) -> bool:
    """Whether the database did not answer."""
    return isinstance(error, (ServiceUnavailable, SessionExpired, OSError))


def _standstill(error: Neo4jError) -> Exception | None:
    """What it means that Neo4j writes nothing now; None where it is about something else.

    Without room for a transaction it refuses that one, and takes to reading alone.
    """
    code, said = error.code or "", error.message or ""
    is_full = "preallocate disk space" in said or "is in read-only mode" in said
    if is_full or "WriteOnReadOnlyAccessDatabase" in code:
        return StorageFull("no room is left for the database; make some")
    if "needs to be restarted" in said:
        return Again(StoreUnavailable("Neo4j has to be started again"))
    # A transaction that it could not begin or end, whatever was asked; what a statement does wrong has another class.
    if code.startswith(("Neo.DatabaseError.Database.", "Neo.DatabaseError.Transaction.")):
        return Again(StoreUnavailable("Neo4j cannot complete a transaction now; try again"))
    return None


@contextmanager
def persons_own() -> Iterator[None]:
    """What the database has against a person's own statement is theirs to mend; against ours it is a fault."""
    try:
        yield
    except ClientError as error:
        raise InvalidQuestion(f"query: {error.message}") from error
    except StoreUnavailable as error:
        if "OutOfMemory" in (getattr(error.__cause__, "code", None) or ""):
            raise LimitExceeded(
                "the database stopped the query at its memory limit; ask for less at once"
            ) from error
        raise


class Again(Exception):
    """A fault that may pass; carries the error to raise when time is up."""

    def __init__(self, error: MirageError) -> None:
        super().__init__(str(error))
        self.error = error


class translated:  # noqa: N801 - used like a function
    """Turn the driver's exceptions into ours, the passing ones into `Again`.

    Where `is_ours` nobody could ask for less: that it takes too long is the database's trouble.
    """

    def __init__(self, *, is_ours: bool = False) -> None:
        self._is_ours = is_ours

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, MirageError):
            return
        is_twin = isinstance(error, Neo4jError) and "EquivalentSchemaRule" in (error.code or "")
        # While many indexes fill at once, Neo4j may give up planning; a moment later it plans.
        is_unsettled = isinstance(error, Neo4jError) and "schema changes" in (error.message or "")
        if isinstance(error, ConstraintError) or is_twin or is_unsettled:
            raise Again(StoreUnavailable("two writers made the same thing at once")) from error
        if isinstance(error, Neo4jError) and (standstill := _standstill(error)):
            raise standstill from error
        if isinstance(error, AuthError):
            raise StoreUnavailable("Neo4j refuses the user name or password") from error
        if isinstance(error, ClientError) and "TransactionTimedOut" in (error.code or ""):
            raise self._too_late() from error
        if isinstance(error, ClientError) and "InvalidBookmark" in (error.code or ""):
            raise InvalidQuestion("the bookmark is not one of this database") from error
        if isinstance(error, ClientError) and "LockClientStopped" in (error.code or ""):
            raise Again(StoreUnavailable("a lock was held too long by others")) from error
        # A transaction whose way was cut says only that it failed, to each statement after the one that noticed.
        if isinstance(error, (TransactionError, ResultFailedError)) and is_absence(error.__cause__):
            raise Again(StoreUnavailable("Neo4j does not answer now; try again")) from error
        # No connection came free in time: others have them all, and will let go of them.
        is_passing = isinstance(error, (ServiceUnavailable, ConnectionPoolError, OSError))
        if is_passing or (isinstance(error, (Neo4jError, DriverError)) and error.is_retryable()):
            raise Again(StoreUnavailable("Neo4j does not answer now; try again")) from error

    def _too_late(self) -> MirageError:
        if self._is_ours:
            return StoreOverloaded("the database does not manage its work in time; try again")
        return LimitExceeded(
            "the database stopped the query at its time limit; ask for less at once:"
            " fewer hops, a filter, a smaller page"
        )
