"""Documents about rules."""

from __future__ import annotations

RULE_LIST = "query RuleList { rules { id severity status subjectKind title } }"

RULE_SHOWN = """
query RuleShown($id: ID!) {
  rule(id: $id) {
    id title summary version status severity confidence subjectKind explanation remediation falsePositives references
    author since headline reads parameters { name type default summary } statement
  }
}
"""

TRY_RULE = """
query TryRule($text: String!, $first: Int!) {
  tryRule(text: $text, first: $first) {
    looks tookMs isWhole findings { title score subject { kind: __typename caption } }
  }
}
"""
