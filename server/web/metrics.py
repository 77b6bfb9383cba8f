"""Counters and histograms of the API, for `/metrics`. Labels are words of ours, never a caller's."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "mirage_graphql_requests_total",
    "GraphQL operations by kind, by the way they were carried out, and by how they ended.",
    ["kind", "way", "outcome"],
)
SECONDS = Histogram(
    "mirage_graphql_request_seconds",
    "Time from a whole request to its answer.",
    ["way"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REFUSALS = Counter(
    "mirage_http_refusals_total", "Requests refused before GraphQL, by error code.", ["code"]
)
ERRORS = Counter("mirage_graphql_errors_total", "Errors in answers, by code.", ["code"])
SOCKETS = Gauge("mirage_websockets", "Open WebSocket connections.")
FOLLOWERS = Gauge("mirage_subscriptions", "Open subscriptions.")
DELIVERIES = Counter("mirage_subscription_deliveries_total", "Events handed to sockets.")
CLOSES = Counter(
    "mirage_websocket_closes_total", "WebSocket connections that we ended, by close code.", ["code"]
)
