// summary: Keep which names look like which of one's own.
// mode:    write
// params:  org: str -- the organization
//          now: datetime
//          rows: list<map> -- id, of (its own name's id), other (whose name looks like it), ways, score, reason
// returns: id: str -- of each that is new
// index:   Entity(id)
// rows:    at most one a pair
UNWIND $rows AS row
MATCH (own:Entity {id: row.of})
MATCH (other:Entity {id: row.other})
CALL (row, own, other) {
  MERGE (other)-[alike:SIMILAR_TO {id: row.id}]->(own)
  ON CREATE SET alike.org = $org, alike.since = $now
  SET alike.ways = row.ways, alike.score = row.score, alike.reason = row.reason
  RETURN alike.since = $now AS is_new
}
WITH row, is_new WHERE is_new
RETURN row.id AS id
