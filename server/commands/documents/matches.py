"""Documents about pairs that may be one."""

from __future__ import annotations

_row = """
  id kind state score raisedAt
  left { id kind: __typename caption key } right { id kind: __typename caption key }
"""

MATCH_LIST = f"""
query MatchList($after: String, $states: [MatchState!], $kinds: [String!], $entity: ID, $least: Float!) {{
  matches(first: 100, after: $after, states: $states, kinds: $kinds, entity: $entity, leastScore: $least) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_row} }}
  }}
}}
"""

MATCH_SHOWN = f"""
query MatchShown($id: ID!) {{
  match(id: $id) {{
    {_row} explanation states
    shared(first: 20) {{ kind: __typename caption }}
    history(first: 50) {{ verdict by at comment withdrawnAt withdrawnBy withdrawnComment }}
  }}
}}
"""

MATCH_LABELS = """
query MatchLabels($after: String, $states: [MatchState!], $kinds: [String!]) {
  matches(first: 100, after: $after, states: $states, kinds: $kinds) {
    pageInfo { hasNextPage endCursor }
    nodes { kind state compared decision { isAutomatic } }
  }
}
"""

MATCH_PREVIEW = """
query MatchPreview($ids: [ID!]!, $verdict: MatchVerdict!) {
  previewMatches(ids: $ids, verdict: $verdict) { id members { id kind: __typename caption } }
}
"""

IDENTITY_SHOWN = f"""
query IdentityShown($entity: ID!) {{
  identity(entity: $entity) {{ id members {{ id kind: __typename caption }} matches {{ {_row} }} }}
}}
"""

SIMILAR_LIST = """
query SimilarList($id: ID!, $first: Int!) {
  similar(id: $id, first: $first) { score entity { id kind: __typename caption } features { name similarity reason } }
}
"""

LOOK_ALIKE_LIST = """
query LookAlikeList($after: String, $entity: ID, $least: Float!) {
  lookAlikes(first: 100, after: $after, entity: $entity, leastScore: $least) {
    pageInfo { hasNextPage endCursor }
    nodes { of { caption } name { id caption } ways score reason since }
  }
}
"""

DECIDE_MATCHES = f"""
mutation DecideMatches($ids: [ID!]!, $verdict: MatchVerdict!, $comment: String) {{
  decideMatches(ids: $ids, verdict: $verdict, comment: $comment) {{ matches {{ {_row} }} errors {{ message }} }}
}}
"""

UNDO_MATCHES = f"""
mutation UndoMatches($ids: [ID!]!, $comment: String) {{
  undoMatches(ids: $ids, comment: $comment) {{ matches {{ {_row} }} errors {{ message }} }}
}}
"""

STATE_MATCH = f"""
mutation StateMatch($left: ID!, $right: ID!, $verdict: MatchVerdict!, $comment: String, $overrules: Boolean!) {{
  stateMatch(left: $left, right: $right, verdict: $verdict, comment: $comment, overrulesVetoes: $overrules) {{
    matches {{ {_row} }} errors {{ message }}
  }}
}}
"""
