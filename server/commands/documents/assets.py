"""Documents about how much assets matter."""

from __future__ import annotations

_rating = "criticality reason by at entity { id kind: __typename caption }"

RATE_ASSETS = f"""
mutation RateAssets($entities: [ID!]!, $criticality: AssetCriticality, $reason: String) {{
  rateAssets(entities: $entities, criticality: $criticality, reason: $reason) {{
    ratings {{ {_rating} }} errors {{ message }}
  }}
}}
"""

ASSET_RATINGS = f"""
query AssetRatings($after: String, $criticalities: [AssetCriticality!]) {{
  assetRatings(first: 100, after: $after, criticalities: $criticalities) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_rating} }}
  }}
}}
"""
