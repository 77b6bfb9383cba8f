// summary: What was marked before there were clearances: kept from whoever is not cleared for all, until it is written again.
MATCH (n:Entity) WHERE n.is_marked SET n.strictest = 'RED', n.strictest_values = 'RED' REMOVE n.is_marked;
MATCH (:Entity)-[r]->(:Entity) WHERE r.is_marked SET r.strictest = 'RED', r.strictest_values = 'RED' REMOVE r.is_marked;
MATCH (r:Run)<-[:IN]-(:Observation {collector: 'seed'})-[:OF]->(n:Entity) WITH r, collect(DISTINCT n.id) AS named SET r.named = named;
MATCH (s:Scan)-[:RAN]->(r:Run) WHERE r.named IS NOT NULL WITH s, collect(r.named) AS of_runs SET s.named = reduce(all = [], each IN of_runs | all + each);
