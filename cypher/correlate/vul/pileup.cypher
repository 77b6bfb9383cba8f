// title:       Host with many weaknesses
// summary:     What runs on one address has many vulnerabilities that are each of medium severity or worse.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (IPAddress)-[:HAS_PORT]->(NetworkService)-[:RUNS]->(SoftwareRelease)-[:HAS_VULNERABILITY]->(Vulnerability)
// params:
//              least: int = 5 -- how many different vulnerabilities there have to be
//              least_cvss: float = 4.0 -- the base score (CVSS) from which one counts
// returns:
//              subject: IPAddress
//              evidence: list<NetworkService|SoftwareRelease|Vulnerability>
//              links: list<link>
//              count: int
//              score: float -- more the more there are
// keyed-by:    subject
// headline:    {count} weaknesses on {subject}
// explanation: Each alone may wait. So many at once say that nobody looks after the host, and several together can do
//              what none of them can.
// remediation: Bring the host up to date as a whole, or take it off; then find out who was to look after it.
// false-positives: Distributions mend releases without changing their number. A vulnerability counts once, in however
//              many services it is.
// references:
//              CWE-1104
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[port:HAS_PORT WHERE port.holds_since IS NOT NULL]->(service:NetworkService)
WHERE coalesce(service.state, 'open') = 'open'
MATCH (service)-[runs:RUNS WHERE runs.holds_since IS NOT NULL]->(release:SoftwareRelease)
MATCH (release)-[has:HAS_VULNERABILITY WHERE has.holds_since IS NOT NULL]->(vulnerability:Vulnerability)
WHERE vulnerability.cvss_score >= $least_cvss
WITH subject, port, service, runs, release, has, vulnerability ORDER BY service.key, release.key
WITH subject, vulnerability, head(collect(service)) AS service, head(collect(release)) AS release,
     head(collect(port.id)) AS at, head(collect(runs.id)) AS by, head(collect(has.id)) AS link
ORDER BY vulnerability.key
WITH subject, size(collect(vulnerability)) AS count, collect(vulnerability)[..10] AS vulnerabilities,
     collect(service)[..10] AS services, collect(release)[..10] AS releases,
     collect(at)[..10] + collect(by)[..10] + collect(link)[..10] AS links
WHERE count >= $least
RETURN subject, services + releases + vulnerabilities AS evidence, links, count,
       CASE WHEN count >= 2 * $least THEN 1.0 ELSE 0.7 END AS score
