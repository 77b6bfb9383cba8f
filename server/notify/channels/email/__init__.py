"""Mail by the operator's mail server."""
