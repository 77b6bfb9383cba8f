// summary: One delivery.
// mode:    read
// params:  org: str -- the organization
//          id: str
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- without the sealed notice
// index:   Delivery(id)
// rows:    0 or 1
MATCH (d:Delivery {id: $id})
WHERE d.org = $org AND ($readable IS NULL OR d.tlp IN $readable)
RETURN d {.*, sealed: null} AS properties
