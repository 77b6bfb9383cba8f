// summary: How many changes of a watched answer are kept, for its owner, where they may read as much as it was asked with.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the id of who asks
//          id: str -- of the watch
//          readable: list<str> -- the markings that the reader may read
//          permissions: list<str> -- what the reader may do
// returns: total: int
// index:   Watch(id), WatchChange(watch, at)
// rows:    1
MATCH (w:Watch {id: $id})
WHERE w.org = $org AND w.owner = $user
MATCH (c:WatchChange)
WHERE c.watch = w.id AND c.at IS NOT NULL AND c.clearance IN $readable
  AND all(each IN c.needs WHERE each IN $permissions)
RETURN count(*) AS total
