"""Documents about patterns."""

from __future__ import annotations

_about = "name number isTold state title subjectKind failure { reason } savedAt"

PATTERN_LIST = f"query PatternList {{ patterns {{ {_about} }} }}"

PATTERN_SHOWN = f"""
query PatternShown($id: ID!) {{
  pattern(id: $id) {{
    id {_about} summary createdAt forgotten forgottenUntil columns {{ name type summary }} text
    rows(first: 0) {{ totalCount }}
  }}
}}
"""

PATTERN_ROWS = """
query PatternRows($id: ID!, $first: Int!, $isIn: Boolean, $since: DateTime) {
  pattern(id: $id) {
    rows(first: $first, isIn: $isIn, since: $since) {
      totalCount nodes { enteredAt leftAt values subject { kind: __typename caption } }
    }
  }
}
"""

TRY_PATTERN = """
query TryPattern($text: String!, $first: Int!) {
  tryPattern(text: $text, first: $first) {
    looks tookMs isWhole rows { values subject { kind: __typename caption } }
  }
}
"""

SAVE_PATTERN = f"""
mutation SavePattern($name: String!, $text: String!, $expects: Int, $isTold: Boolean) {{
  savePattern(name: $name, text: $text, expects: $expects, isTold: $isTold) {{
    pattern {{ id {_about} }} errors {{ message }}
  }}
}}
"""

DELETE_PATTERN = """
mutation DeletePattern($id: ID!) { deletePattern(id: $id) { errors { message } } }
"""
