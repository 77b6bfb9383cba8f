"""Documents about channels."""

from __future__ import annotations

# What the terminal shows of a channel in a list, and of a delivery.
_channel = "id name isEnabled events leastSeverity ceiling module { id } secrets { name isSet }"
_delivery = "id event isTest marking state tries reason createdAt dueAt endedAt"

CHANNEL_LIST = f"""
query ChannelList($after: String) {{
  channels(first: 100, after: $after) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{ {_channel} options }}
  }}
}}
"""

CHANNEL_MODULE = """
query ChannelModule($id: ID!) {
  module(id: $id) { kind options needsSecrets }
}
"""

CREATE_CHANNEL = f"""
mutation CreateChannel($input: ChannelInput!) {{
  createChannel(input: $input) {{ channel {{ {_channel} }} errors {{ field message }} }}
}}
"""

UPDATE_CHANNEL = f"""
mutation UpdateChannel($id: ID!, $input: ChannelChangeInput!) {{
  updateChannel(id: $id, input: $input) {{ channel {{ {_channel} }} errors {{ field message }} }}
}}
"""

DELETE_CHANNEL = """
mutation DeleteChannel($id: ID!) {
  deleteChannel(id: $id) { errors { message } }
}
"""

TEST_CHANNEL = f"""
mutation TestChannel($id: ID!) {{
  testChannel(id: $id) {{ delivery {{ {_delivery} }} errors {{ message }} }}
}}
"""

REPLAY_DELIVERY = f"""
mutation ReplayDelivery($id: ID!) {{
  replayDelivery(id: $id) {{ delivery {{ {_delivery} }} errors {{ message }} }}
}}
"""

DELIVERIES = f"""
query Deliveries($id: ID!, $states: [DeliveryState!], $first: Int!) {{
  channel(id: $id) {{
    name
    deliveries(states: $states, first: $first) {{ totalCount nodes {{ {_delivery} }} }}
  }}
}}
"""
