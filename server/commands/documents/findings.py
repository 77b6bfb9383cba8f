"""Documents about findings."""

from __future__ import annotations

_row = """
  id rule severity title state triage assignee dueAt openedAt
  subject { kind: __typename caption }
"""

FINDING_LIST = f"""
query FindingList($after: String, $states: [FindingState!], $severities: [Severity!], $rules: [String!],
                  $where: FindingWhere) {{
  findings(first: 100, after: $after, states: $states, severities: $severities, rules: $rules, where: $where) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_row} }}
  }}
}}
"""

FINDING_SHOWN = f"""
query FindingShown($id: ID!) {{
  finding(id: $id) {{
    {_row} score confidence explanation remediation references clearedReason
    evidence {{ kind: __typename caption }}
    suppression {{ by reason until }}
    history(first: 50) {{ at happening by comment changes {{ field before after }} }}
    notes(first: 20) {{ createdAt author text }}
  }}
}}
"""

FINDING_COUNTS = """
query FindingCounts($states: [FindingState!], $severities: [Severity!], $rules: [String!], $where: FindingWhere) {
  findingFacets(states: $states, severities: $severities, rules: $rules, where: $where) {
    name values { value count }
  }
}
"""

TRIAGE_FINDINGS = f"""
mutation TriageFindings($ids: [ID!]!, $input: TriageInput!) {{
  triageFindings(ids: $ids, input: $input) {{ findings {{ {_row} }} errors {{ message }} }}
}}
"""

SUPPRESS_FINDINGS = f"""
mutation SuppressFindings($ids: [ID!]!, $reason: String!, $until: DateTime) {{
  suppressFindings(ids: $ids, reason: $reason, until: $until) {{ findings {{ {_row} }} errors {{ message }} }}
}}
"""

LIFT_SUPPRESSIONS = f"""
mutation LiftSuppressions($ids: [ID!]!, $comment: String) {{
  liftSuppressions(ids: $ids, comment: $comment) {{ findings {{ {_row} }} errors {{ message }} }}
}}
"""
