// summary: The organizations that a list of ids and names means.
// mode:    read
// params:  names: list<str> -- ids or names
// returns: named: str -- the one of the list, org: str -- the organization's id
// index:   Organization(id), Organization(name)
// rows:    one for each organization; several for a name that several have, none for one that nobody has
UNWIND $names AS named
CALL (named) {
  MATCH (org:Organization {id: named})
  RETURN org
  UNION
  MATCH (org:Organization {name: named})
  RETURN org
}
WITH named, org
WHERE org.deleted_at IS NULL
RETURN named, org.id AS org
ORDER BY named, org
