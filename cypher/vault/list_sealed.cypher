// summary: Nodes of a label whose value is sealed under another master key than the current one.
// mode:    read
// params:  label: str
//          current: str -- how values begin that are sealed under the current one
//          apart: list<str> -- element ids that are not wanted
//          limit: int -- how many at most
// returns: element: str -- its element id, properties: map
// scan:    looks at every node of the label; an operator asks this when keys change
// rows:    at most limit
MATCH (n:$($label))
WHERE n.sealed STARTS WITH 'v1.' AND NOT n.sealed STARTS WITH $current AND NOT elementId(n) IN $apart
RETURN elementId(n) AS element, properties(n) AS properties
LIMIT $limit
