"""MISP's warning lists: values that are so common that they say little, as its community keeps them."""
