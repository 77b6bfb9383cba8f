// summary: A page of what an organization has beside its entities, of one sort.
// mode:    read
// params:  org: str -- the organization
//          sort: str -- finding, suppression, act, rating, match, decision, note, scan, run, team, role, invitation, key, module, configuration, rule, pattern, pattern_row, query, watch, watch_change, hold
//          behind: str -- the last id seen; empty for the first page
//          limit: int -- how many at most
// returns: id: str, properties: map, about: list<str> -- ids of the entities, findings and pairs that it is about
// index:   Finding(org, state), Suppression(org), FindingAct(org, at), AssetRating(org, at), Note(org, about), Scan(org, created_at), Run(org, created_at),
//          Team(org, name), Role(org, name), Invitation(org, email), ApiKey(org), ModuleSetting(org, module),
//          ConfigurationVersion(org, number), RuleVersion(org, rule, number), LegalHold(org), Match(org, state, score), IdentityDecision(org, at),
//          Pattern(org), PatternRow(org), SavedQuery(org), Watch(org), WatchChange(org)
// rows:    at most limit, by id
CALL () {
  WITH $sort AS sort WHERE sort = 'finding'
  MATCH (n:Finding) WHERE n.org = $org AND n.state > '' AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'suppression'
  MATCH (n:Suppression) WHERE n.org = $org AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'act'
  MATCH (n:FindingAct) WHERE n.org = $org AND n.at IS NOT NULL AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'rating'
  MATCH (n:AssetRating) WHERE n.org = $org AND n.at IS NOT NULL AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'match'
  MATCH (n:Match) WHERE n.org = $org AND n.state > '' AND n.score >= 0 AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'decision'
  MATCH (n:IdentityDecision) WHERE n.org = $org AND n.at IS NOT NULL AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'note'
  MATCH (n:Note) WHERE n.org = $org AND n.about > '' AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'scan'
  MATCH (n:Scan) WHERE n.org = $org AND n.created_at IS NOT NULL AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'run'
  MATCH (n:Run) WHERE n.org = $org AND n.created_at IS NOT NULL AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'team'
  MATCH (n:Team) WHERE n.org = $org AND n.name > '' AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'role'
  MATCH (n:Role) WHERE n.org = $org AND n.name > '' AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'invitation'
  MATCH (n:Invitation) WHERE n.org = $org AND n.email > '' AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'key'
  MATCH (n:ApiKey) WHERE n.org = $org AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'module'
  MATCH (n:ModuleSetting) WHERE n.org = $org AND n.module > '' AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'configuration'
  MATCH (n:ConfigurationVersion) WHERE n.org = $org AND n.number > 0 AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'rule'
  MATCH (n:RuleVersion) WHERE n.org = $org AND n.rule > '' AND n.number > 0 AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'pattern'
  MATCH (n:Pattern) WHERE n.org = $org AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'pattern_row'
  MATCH (n:PatternRow) WHERE n.org = $org AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'query'
  MATCH (n:SavedQuery) WHERE n.org = $org AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'watch'
  MATCH (n:Watch) WHERE n.org = $org AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'watch_change'
  MATCH (n:WatchChange) WHERE n.org = $org AND n.id > $behind RETURN n
  UNION ALL
  WITH $sort AS sort WHERE sort = 'hold'
  MATCH (n:LegalHold) WHERE n.org = $org AND n.id > $behind RETURN n
}
WITH n ORDER BY n.id LIMIT $limit
RETURN n.id AS id, properties(n) AS properties,
       COLLECT { MATCH (n)-[:ABOUT|RESTS_ON|SUPPRESSED_BY|COMPARES|DECIDES|RATES|SHOWS]->(m) RETURN DISTINCT m.id AS about ORDER BY about } AS about
ORDER BY id
