"""The door for analysts' own Cypher, closed unless the platform opens it."""
