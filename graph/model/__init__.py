"""The ontology: every kind of entity and relationship, declared once, a module for each family."""
