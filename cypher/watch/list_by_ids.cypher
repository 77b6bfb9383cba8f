// summary: Changes of watched answers by their ids, those of somebody's own, where they may read as much as was asked with.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the id of who asks
//          ids: list<str> -- of changes
//          readable: list<str> -- the markings that the reader may read
//          permissions: list<str> -- what the reader may do
// returns: properties: map -- the change's
// index:   WatchChange(id), Watch(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (c:WatchChange {id: id})
WHERE c.org = $org AND c.clearance IN $readable AND all(each IN c.needs WHERE each IN $permissions)
MATCH (w:Watch {id: c.watch})
WHERE w.owner = $user
RETURN properties(c) AS properties
