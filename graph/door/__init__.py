"""The door for analysts' own Cypher: what a statement may touch, proven from its plan; its values made plain."""
