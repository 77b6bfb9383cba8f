// title:       Software with a weakness that is being used
// summary:     A service runs a release with a vulnerability that attackers are known to use.
// version:     1
// status:      experimental
// severity:    CRITICAL
// confidence:  0.85
// reads:
//              (NetworkService)-[:RUNS]->(SoftwareRelease)-[:HAS_VULNERABILITY]->(Vulnerability)
// returns:
//              subject: NetworkService
//              evidence: list<SoftwareRelease|Vulnerability>
//              links: list<link>
//              release: SoftwareRelease
//              vulnerabilities: list<Vulnerability>
//              score: float -- 1
// keyed-by:    release
// headline:    {subject} runs {release} with {vulnerabilities}, which attackers use
// explanation: Weaknesses on the lists of exploited ones are tried on the whole Internet by machine.
// remediation: Update now, or take the service off the Internet until it is; then look for signs that somebody was
//              there first.
// false-positives: Distributions mend releases without changing their number: what a service says of its version may
//              be out of date. A vulnerability that nobody is known to use is not reported here.
// references:
//              ATT&CK T1190
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND coalesce(subject.state, 'open') = 'open'
MATCH (subject)-[runs:RUNS WHERE runs.holds_since IS NOT NULL]->(release:SoftwareRelease)
MATCH (release)-[has:HAS_VULNERABILITY WHERE has.holds_since IS NOT NULL]->(vulnerability:Vulnerability)
WHERE vulnerability.is_known_exploited
WITH subject, runs, release, vulnerability, has ORDER BY vulnerability.key
WITH subject, runs, release, collect(vulnerability)[..20] AS vulnerabilities, collect(has.id)[..20] AS links
RETURN subject, [release] + vulnerabilities AS evidence, [runs.id] + links AS links, release, vulnerabilities,
       1.0 AS score
