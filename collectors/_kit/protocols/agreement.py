"""What several resolvers say together. Pure.

They must agree on whether a name exists and whether it has a record, which is what a resolver that
lies or is behind gets wrong. They need not agree on each value: names that are balanced over many
addresses, or served by the place of who asks, have others for every resolver.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from collectors._kit.base import DnsRecord, DnsRequest, DnsResponse
from graph.errors import SourceUnavailable

# Of these types a zone gives different askers different values, or a new value at every change.
_VARYING = frozenset({"A", "AAAA", "HTTPS", "SVCB", "SOA"})


def largest_group(answers: Sequence[DnsResponse]) -> list[DnsResponse]:
    """The most answers that agree on what there is; of equally many, those that came first."""
    groups: dict[tuple[str, bool], list[DnsResponse]] = defaultdict(list)
    for answer in answers:
        groups[answer.rcode, bool(answer.answers)].append(answer)
    return max(groups.values(), key=len, default=[])


def agreed(request: DnsRequest, answers: Sequence[DnsResponse], agreement: int) -> DnsResponse:
    """What `agreement` of the `answers` say, or all where there are fewer; the rest is disputed.

    Where a varying type has no value in common, the first resolver's values stand: they are what
    somebody in its place gets. Raises SourceUnavailable where the answers contradict each other.
    """
    first, needed = answers[0], min(agreement, len(answers))
    counts = Counter(
        identity for answer in answers for identity in {_identity(r) for r in answer.answers}
    )
    kept = tuple(r for r in first.answers if counts[_identity(r)] >= needed)
    has_common = not first.answers or _has_value(kept, request.rrtype, first)
    if not has_common and request.rrtype in _VARYING:
        kept, has_common = first.answers, True
    if not has_common or len(largest_group(answers)) < len(answers):
        said = "; ".join(f"{', '.join(a.resolvers)}: {_summary(a)}" for a in answers)
        raise SourceUnavailable(
            f"the resolvers disagree about {request.name} {request.rrtype}: {said}"
        )
    standing = {_identity(r) for r in kept}
    disputed = {_identity(r): r for answer in answers for r in answer.answers}
    return DnsResponse(
        request=request,
        rcode=first.rcode,
        answers=kept,
        authority=first.authority,
        is_authenticated=all(answer.is_authenticated for answer in answers),
        resolvers=tuple(name for answer in answers for name in answer.resolvers),
        disputed=tuple(disputed[one] for one in sorted(disputed.keys() - standing)),
    )


def _identity(record: DnsRecord) -> tuple[str, str, str]:
    return record.name, record.rrtype, record.value


def _has_value(common: Iterable[DnsRecord], rrtype: str, first: DnsResponse) -> bool:
    """Whether the agreed records still hold one of the type asked for, if there was one at all."""
    if not any(record.rrtype == rrtype for record in first.answers):
        return bool(tuple(common))
    return any(record.rrtype == rrtype for record in common)


def _summary(answer: DnsResponse) -> str:
    values = ", ".join(sorted(record.value for record in answer.answers)[:4])
    return f"{answer.rcode} {values or 'nothing'}"
