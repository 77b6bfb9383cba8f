"""One's own sessions: listing and ending them."""
