"""The texts of the write path, generated from the ontology where names come from it."""
