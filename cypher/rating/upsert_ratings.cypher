// summary: Say how much entities matter.
// mode:    write
// params:  org: str -- the organization
//          ratings: list<map> -- id (of what is said), entity (the entity's id)
//          criticality: str -- LOW, NORMAL, HIGH or CRITICAL
//          reason: str -- why; may be empty
//          by: str -- whose word it is
//          now: datetime
// returns: id: str -- of what is said
// index:   Entity(id), AssetRating(id)
// rows:    one an entity
UNWIND $ratings AS row
MATCH (n:Entity {id: row.entity})
MERGE (rating:AssetRating {id: row.id})
SET rating.org = $org, rating.entity = row.entity, rating.criticality = $criticality, rating.reason = $reason,
    rating.by = $by, rating.at = $now
MERGE (rating)-[:RATES]->(n)
RETURN rating.id AS id
