"""A real Neo4j and a real Redis on one machine without containers: fetch, start, watch, stop."""
