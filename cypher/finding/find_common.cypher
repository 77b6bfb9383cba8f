// summary: Which of these entities are on a list of what is too common to mean much.
// mode:    read
// params:  ids: list<str> -- ids of entities
// returns: id: str
// index:   Entity(id)
// rows:    at most one an id
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE EXISTS {
  MATCH (n)-[known:LISTED_IN]->(common:Feed)
  WHERE known.holds_since IS NOT NULL AND common.polarity = 'known_common'
}
RETURN DISTINCT id
