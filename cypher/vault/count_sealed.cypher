// summary: How many values of a label are sealed under which master key.
// mode:    read
// params:  label: str
// returns: version: str -- of the master key, sealed: int -- how many
// scan:    looks at every node of the label; an operator asks this when keys change
// rows:    one a version
MATCH (n:$($label))
WHERE n.sealed STARTS WITH 'v1.'
RETURN split(n.sealed, '.')[1] AS version, count(*) AS sealed
ORDER BY version
