"""Modules: what there is, how it stands in the organization, and which of it can be asked about an entity."""
