"""What a finding's rule says about it, by the rule's name. Rules are files: there is nothing to ask the database."""

from __future__ import annotations

from graph.correlate import rules
from graph.correlate.header import Header


def _header(rule: str) -> Header | None:
    found = rules.load().get(rule)
    return found.header if found else None


def explanation(rule: str) -> str | None:
    """What a finding means and why it matters; None for a rule that is gone."""
    header = _header(rule)
    return header.explanation if header else None


def remediation(rule: str) -> str | None:
    """What to do about a finding; None for a rule that is gone."""
    header = _header(rule)
    return header.remediation if header else None


def references(rule: str) -> list[str]:
    """Where to read more."""
    header = _header(rule)
    return list(header.references) if header else []
