"""Documents about saved queries."""

from __future__ import annotations

_about = "name isShared marking description number savedAt"

SAVED_LIST = f"query SavedList {{ savedQueries {{ {_about} }} }}"

SAVED_SHOWN = f"query SavedShown($id: ID!) {{ savedQuery(id: $id) {{ id owner {_about} variables document }} }}"

SAVE_QUERY = f"""
mutation SaveQuery($input: SaveQueryInput!) {{
  saveQuery(input: $input) {{ query {{ id {_about} }} errors {{ message }} }}
}}
"""

DELETE_QUERY = """
mutation DeleteQuery($id: ID!) { deleteQuery(id: $id) { errors { message } } }
"""
