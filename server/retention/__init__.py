"""How long an organization keeps what: telling what would go, and removing it."""
