"""Documents about findings."""

from __future__ import annotations

_row = """
  id rule severity title state triage assignee dueAt openedAt
  risk { score }
  subject { kind: __typename caption }
"""

FINDING_LIST = f"""
query FindingList($after: String, $states: [FindingState!], $severities: [Severity!], $rules: [String!],
                  $where: FindingWhere, $orderBy: FindingOrder) {{
  findings(first: 100, after: $after, states: $states, severities: $severities, rules: $rules, where: $where,
           orderBy: $orderBy) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_row} }}
  }}
}}
"""

FINDING_SHOWN = f"""
query FindingShown($id: ID!) {{
  finding(id: $id) {{
    {_row} score confidence explanation remediation references clearedReason
    risk {{ score parts {{ name factor reason }} }}
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
mutation TriageFindings($ids: [ID!], $matching: FindingsMatching, $input: TriageInput!) {{
  triageFindings(ids: $ids, matching: $matching, input: $input) {{ count findings {{ {_row} }} errors {{ message }} }}
}}
"""

SUPPRESS_FINDINGS = f"""
mutation SuppressFindings($ids: [ID!], $matching: FindingsMatching, $reason: String!, $until: DateTime) {{
  suppressFindings(ids: $ids, matching: $matching, reason: $reason, until: $until) {{
    count findings {{ {_row} }} errors {{ message }}
  }}
}}
"""

LIFT_SUPPRESSIONS = f"""
mutation LiftSuppressions($ids: [ID!], $matching: FindingsMatching, $comment: String) {{
  liftSuppressions(ids: $ids, matching: $matching, comment: $comment) {{
    count findings {{ {_row} }} errors {{ message }}
  }}
}}
"""

FINDINGS_COUNTED = """
query FindingsCounted($states: [FindingState!], $severities: [Severity!], $rules: [String!], $where: FindingWhere) {
  findings(first: 0, states: $states, severities: $severities, rules: $rules, where: $where) { totalCount }
}
"""
