// summary: A saved query of somebody's own by its name, and whether another's of that name is shared.
// mode:    read
// params:  org: str -- the organization
//          owner: str -- the id of whose it is
//          name: str
// returns: properties: map -- the query's; null where there is none
//          is_taken: bool -- whether somebody else shares one of the name
//          is_watched: bool
// index:   SavedQuery(org, owner, name), SavedQuery(org), Watch(id)
// rows:    1
OPTIONAL MATCH (q:SavedQuery {org: $org, owner: $owner, name: $name})
RETURN properties(q) AS properties, EXISTS {
  MATCH (other:SavedQuery)
  WHERE other.org = $org AND other.name = $name AND other.is_shared AND other.owner <> $owner
} AS is_taken, EXISTS { MATCH (:Watch {id: q.id}) } AS is_watched
