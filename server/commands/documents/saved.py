"""Documents about saved queries."""

from __future__ import annotations

_about = "name isShared marking description number savedAt"
_listed = f"{_about} watch {{ state }}"

SAVED_LIST = f"query SavedList {{ savedQueries {{ {_listed} }} }}"

SAVED_SHOWN = f"query SavedShown($id: ID!) {{ savedQuery(id: $id) {{ id owner {_listed} variables document }} }}"

SAVE_QUERY = f"""
mutation SaveQuery($input: SaveQueryInput!) {{
  saveQuery(input: $input) {{ query {{ id {_about} }} errors {{ message }} }}
}}
"""

DELETE_QUERY = """
mutation DeleteQuery($id: ID!) { deleteQuery(id: $id) { errors { message } } }
"""

_change = "at entered left changed parts { change path id caption before after isCut }"
_watch = "state checkedAt isTold failure { reason }"

WATCH_QUERY = f"""
mutation WatchQuery($id: ID!, $isTold: Boolean) {{
  watchQuery(id: $id, isTold: $isTold) {{ query {{ name watch {{ {_watch} }} }} errors {{ message }} }}
}}
"""

UNWATCH_QUERY = """
mutation UnwatchQuery($id: ID!) { unwatchQuery(id: $id) { errors { message } } }
"""

QUERY_CHANGES = f"""
query QueryChanges($id: ID!, $first: Int!) {{
  savedQuery(id: $id) {{ watch {{ {_watch} changes(first: $first) {{ totalCount nodes {{ {_change} }} }} }} }}
}}
"""

QUERY_CHANGED = f"""
subscription QueryChanged($id: ID!, $after: String) {{
  watchChanged(id: $id, after: $after) {{ cursor change {{ {_change} }} }}
}}
"""
