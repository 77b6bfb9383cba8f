"""Documents about rules."""

from __future__ import annotations

RULE_LIST = (
    "query RuleList { rules { id severity status isEnabled failure { reason } subjectKind title } }"
)

RULE_SHOWN = """
query RuleShown($id: ID!) {
  rule(id: $id) {
    id title summary version status severity confidence subjectKind explanation remediation falsePositives references
    author since isOwn isEnabled number failure { reason } headline reads
    parameters { name type default value summary } statement
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

_as_set = (
    "id title severity isOwn isEnabled number parameters { name value default } failure { reason }"
)

SAVE_RULE = f"""
mutation SaveRule($id: ID!, $text: String!, $comment: String!, $isEnabled: Boolean, $expects: Int) {{
  saveRule(id: $id, text: $text, comment: $comment, isEnabled: $isEnabled, expects: $expects) {{
    rule {{ {_as_set} }}
    errors {{ message }}
  }}
}}
"""

SET_RULE = f"""
mutation SetRule($id: ID!, $parameters: JSON, $isEnabled: Boolean, $comment: String!, $expects: Int) {{
  setRule(id: $id, parameters: $parameters, isEnabled: $isEnabled, comment: $comment, expects: $expects) {{
    rule {{ {_as_set} }}
    errors {{ message }}
  }}
}}
"""

DELETE_RULE = """
mutation DeleteRule($id: ID!, $comment: String!) {
  deleteRule(id: $id, comment: $comment) { errors { message } }
}
"""

ROLL_BACK_RULE = f"""
mutation RollBackRule($id: ID!, $to: Int!, $comment: String!) {{
  rollBackRule(id: $id, to: $to, comment: $comment) {{
    rule {{ {_as_set} }}
    errors {{ message }}
  }}
}}
"""

RULE_VERSIONS = """
query RuleVersions($id: ID!, $first: Int!) {
  ruleVersions(id: $id, first: $first) { number setAt setBy isEnabled isDeleted parameters comment text }
}
"""
