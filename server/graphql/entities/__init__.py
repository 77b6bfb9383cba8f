"""What collected entities and relationships look like in GraphQL, generated from the ontology."""
