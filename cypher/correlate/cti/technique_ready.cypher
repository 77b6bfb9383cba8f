// title:       Attackers use a weakness that is here
// summary:     A service of one's own has a vulnerability that a known group of attackers makes use of.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (NetworkService)<-[:REACHED]-(Run)
//              (NetworkService)-[:RUNS]->(SoftwareRelease)-[:HAS_VULNERABILITY]->(Vulnerability)<-[:EXPLOITS]-(ThreatActor|IntrusionSet|Campaign|Malware|Tool|AttackPattern)<-[:USES]-{0,1}(ThreatActor|IntrusionSet|Campaign)-[:TARGETS]->(LegalEntity)
// params:
//              sectors: list<str> = [] -- the organization's sectors, as reports word them; without any, groups count
//                whomever they go after
//              recent: duration = P1095D -- how long ago a group may have been active last
// returns:
//              subject: NetworkService
//              evidence: list<Entity>
//              links: list<link>
//              vulnerability: Vulnerability
//              actors: list<ThreatActor|IntrusionSet|Campaign>
//              score: float -- more where the organization's sector is known to be attacked
// keyed-by:    vulnerability
// headline:    {subject} has {vulnerability}, a weakness in use by {actors}
// explanation: Of thousands of published weaknesses few are ever used. One that a group uses, who goes after the
//              likes of you, is not a number in a list but a way in that somebody has practised.
// remediation: Mend this one first. Then look through the logs for what reports say the group does next.
// false-positives: Groups come and go: those that were seen last longer ago than `recent` are not reported. Where the
//              organization has said what sectors it is in, groups that go after others are not reported either.
// references:
//              ATT&CK T1190
//              ATT&CK T1588.006
//              D3FEND D3-SU
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND coalesce(subject.state, 'open') = 'open'
  // Services lie on addresses, which are a hop from one's own names.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) <= 1
MATCH (subject)-[runs:RUNS WHERE runs.holds_since IS NOT NULL]->(release:SoftwareRelease)
MATCH (release)-[has:HAS_VULNERABILITY WHERE has.holds_since IS NOT NULL]->(vulnerability:Vulnerability)
MATCH (means:ThreatActor|IntrusionSet|Campaign|Malware|Tool|AttackPattern)
      -[exploits:EXPLOITS WHERE exploits.holds_since IS NOT NULL]->(vulnerability)
MATCH (means)<-[uses:USES WHERE uses.holds_since IS NOT NULL]-{0,1}(actor:ThreatActor|IntrusionSet|Campaign)
WHERE coalesce(actor.last_active_at, $now) >= $now - $recent
WITH subject, runs, release, has, vulnerability, means, exploits, uses, actor,
     size($sectors) > 0 AND EXISTS {
       MATCH (actor)-[targets:TARGETS WHERE targets.holds_since IS NOT NULL]->(target:LegalEntity)
       WHERE any(sector IN target.sectors WHERE any(own IN $sectors WHERE toLower(sector) CONTAINS toLower(own)))
     } AS is_after_us
WHERE is_after_us OR size($sectors) = 0
WITH subject, runs, release, has, vulnerability, means, exploits, uses, actor, is_after_us
ORDER BY size(uses), actor.key, means.key, release.key
WITH subject, vulnerability, actor, is_after_us,
     head(collect({nodes: [release, means, actor],
                   links: [runs.id, has.id, exploits.id] + [step IN uses | step.id]})) AS way
WITH subject, vulnerability, collect(actor)[..5] AS actors, collect(way)[..5] AS ways, max(is_after_us) AS is_after_us
RETURN subject, [vulnerability] + reduce(nodes = [], way IN ways | nodes + way.nodes) AS evidence,
       reduce(ids = [], way IN ways | ids + way.links) AS links, vulnerability, actors,
       CASE WHEN is_after_us THEN 1.0 ELSE 0.7 END AS score
