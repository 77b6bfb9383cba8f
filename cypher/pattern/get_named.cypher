// summary: A pattern by its name.
// mode:    read
// params:  org: str -- the organization
//          name: str
// returns: properties: map -- the pattern's
// index:   Pattern(org, name)
// rows:    0 or 1
MATCH (p:Pattern {org: $org, name: $name})
RETURN properties(p) AS properties
