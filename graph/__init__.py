"""What is known, and how it is stored: the ontology, facts, the write path, reads, rules and matching."""
