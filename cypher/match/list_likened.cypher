// summary: Which names of one's own others look like.
// mode:    read
// params:  org: str -- the organization
// returns: id: str -- of each name
// index:   SIMILAR_TO(org, score)
// rows:    few
MATCH (:DomainName)-[alike:SIMILAR_TO]->(own:DomainName)
WHERE alike.org = $org AND alike.score >= 0
RETURN DISTINCT own.id AS id
