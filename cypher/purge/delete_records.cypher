// summary: Delete some of what an organization has beside its entities and members.
// mode:    write
// params:  org: str -- the organization
//          limit: int -- how many at most
// returns: deleted: int -- how many nodes
// index:   Finding(org, state), Rule(org, rule), Suppression(org), Note(org, about), Schedule(org, created_at), Scan(org, created_at),
//          Run(org, created_at), Lease(run), Outbox(org), Team(org, name), Role(org, name), Invitation(org, email),
//          ApiKey(org), Secret(org), ModuleSetting(org, module), ModuleHealth(org, module), Lookup(org), KeySpending(org),
//          Configuration(org), ConfigurationVersion(org, number), IdempotentRequest(org), AuditOpen(org), AuditEvent(org, seq),
//          AuditHead(org), LegalHold(org), RemovedRun(org), Channel(org, name), Notice(org, at), Delivery(org), FindingAct(org, at), AssetRating(org, at),
//          IdentityDecision(org, at), Match(org, state, score), MatchProfile(org), MatchKey(org), MatchDesk(org),
//          RuleSetting(org, rule), RuleVersion(org, rule, number), Pattern(org), PatternDesk(org), PatternRow(org), SavedQuery(org),
//          Watch(org), WatchChange(org)
// rows:    1
CALL () {
  MATCH (run:Run) WHERE run.org = $org AND run.created_at IS NOT NULL MATCH (n:Lease {run: run.id}) RETURN n
  UNION ALL
  MATCH (n:Finding) WHERE n.org = $org AND n.state > '' RETURN n
  UNION ALL
  MATCH (n:Rule) WHERE n.org = $org AND n.rule > '' RETURN n
  UNION ALL
  MATCH (n:RuleSetting) WHERE n.org = $org AND n.rule > '' RETURN n
  UNION ALL
  MATCH (n:RuleVersion) WHERE n.org = $org AND n.rule > '' AND n.number > 0 RETURN n
  UNION ALL
  MATCH (n:Pattern) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:PatternDesk) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:PatternRow) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:SavedQuery) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Watch) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:WatchChange) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Suppression) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:FindingAct) WHERE n.org = $org AND n.at IS NOT NULL RETURN n
  UNION ALL
  MATCH (n:AssetRating) WHERE n.org = $org AND n.at IS NOT NULL RETURN n
  UNION ALL
  MATCH (n:IdentityDecision) WHERE n.org = $org AND n.at IS NOT NULL RETURN n
  UNION ALL
  MATCH (n:Match) WHERE n.org = $org AND n.state > '' AND n.score >= 0 RETURN n
  UNION ALL
  MATCH (n:MatchProfile) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:MatchKey) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:MatchDesk) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Note) WHERE n.org = $org AND n.about > '' RETURN n
  UNION ALL
  MATCH (n:Outbox) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Team) WHERE n.org = $org AND n.name > '' RETURN n
  UNION ALL
  MATCH (n:Role) WHERE n.org = $org AND n.name > '' RETURN n
  UNION ALL
  MATCH (n:Invitation) WHERE n.org = $org AND n.email > '' RETURN n
  UNION ALL
  MATCH (n:ApiKey) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Secret) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:ModuleSetting) WHERE n.org = $org AND n.module > '' RETURN n
  UNION ALL
  MATCH (n:ModuleHealth) WHERE n.org = $org AND n.module > '' RETURN n
  UNION ALL
  MATCH (n:Lookup) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:KeySpending) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Configuration) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:ConfigurationVersion) WHERE n.org = $org AND n.number > 0 RETURN n
  UNION ALL
  MATCH (n:IdempotentRequest) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:AuditOpen) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:LegalHold) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Delivery) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Notice) WHERE n.org = $org AND n.at IS NOT NULL RETURN n
  UNION ALL
  MATCH (n:Channel) WHERE n.org = $org AND n.name > '' RETURN n
  UNION ALL
  MATCH (run:RemovedRun) WHERE run.org = $org MATCH (n:Lease {run: run.id}) RETURN n
  UNION ALL
  MATCH (n:AuditEvent) WHERE n.org = $org AND n.seq > 0 RETURN n
  UNION ALL
  MATCH (n:AuditHead) WHERE n.org = $org RETURN n
  UNION ALL
  MATCH (n:Schedule) WHERE n.org = $org AND n.created_at IS NOT NULL RETURN n
  UNION ALL
  MATCH (n:Scan) WHERE n.org = $org AND n.created_at IS NOT NULL RETURN n
  UNION ALL
  MATCH (n:Run) WHERE n.org = $org AND n.created_at IS NOT NULL RETURN n
  UNION ALL
  MATCH (n:RemovedRun) WHERE n.org = $org RETURN n
}
WITH n LIMIT $limit
DETACH DELETE n
RETURN count(*) AS deleted
