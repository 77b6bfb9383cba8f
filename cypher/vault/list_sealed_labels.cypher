// summary: The labels of all nodes that hold a sealed value.
// mode:    read
// params:  apart: list<str> -- labels that are not looked at: the kinds of the ontology hold none
// returns: label: str
// scan:    looks at every node of the other labels; an operator asks this when keys change
// rows:    one a label
CALL db.labels() YIELD label
WITH label
WHERE NOT label IN $apart
CALL (label) {
  MATCH (n:$(label))
  WHERE n.sealed IS NOT NULL AND n.sealed STARTS WITH 'v1.'
  RETURN true AS holds
  LIMIT 1
}
RETURN label
ORDER BY label
