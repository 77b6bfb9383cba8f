// summary: Take back that names look like one's own: one of the two holds no longer, or whose it is has changed.
// mode:    write
// params:  pairs: list<list<str>> -- who looks like whom, by their ids
// returns: id: str -- of each relationship that is gone
// index:   Entity(id)
// rows:    at most one a pair
UNWIND $pairs AS pair
MATCH (other:Entity {id: pair[0]})
MATCH (own:Entity {id: pair[1]})
CALL (other, own) { MATCH (other)-[alike:SIMILAR_TO]->(own) RETURN alike }
WITH alike, alike.id AS id
DELETE alike
RETURN id
