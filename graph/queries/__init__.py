"""Named queries: each module pairs the files of one folder of cypher/ with the types of their ends."""
