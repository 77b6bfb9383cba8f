// title:       Software with a severe weakness that will likely be used
// summary:     A service runs a release with a vulnerability that is rated critical and is likely to be used soon.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (NetworkService)-[:RUNS]->(SoftwareRelease)-[:HAS_VULNERABILITY]->(Vulnerability)
// params:
//              least_cvss: float = 9.0 -- the base score (CVSS) from which a vulnerability counts
//              least_epss: float = 0.5 -- how likely its use in the next 30 days has to be (EPSS)
// returns:
//              subject: NetworkService
//              evidence: list<SoftwareRelease|Vulnerability>
//              links: list<link>
//              release: SoftwareRelease
//              vulnerabilities: list<Vulnerability>
//              score: float -- how likely the likeliest is to be used
// keyed-by:    release
// headline:    {subject} runs {release} with {vulnerabilities}, severe and likely to be used
// explanation: Most weaknesses are never used by anybody. These can be used from afar without help, and resemble those
//              that were used within weeks of becoming known.
// remediation: Update before the usual date for it, or keep strangers away from the service until then.
// false-positives: Distributions mend releases without changing their number. What attackers use already is reported as
//              vul.kev alone; a high score without a sign that somebody will use it, or the other way round, is not.
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
WHERE vulnerability.cvss_score >= $least_cvss AND vulnerability.epss_probability >= $least_epss
  AND NOT coalesce(vulnerability.is_known_exploited, false)
WITH subject, runs, release, vulnerability, has ORDER BY vulnerability.key
WITH subject, runs, release, collect(vulnerability)[..20] AS vulnerabilities, collect(has.id)[..20] AS links,
     max(vulnerability.epss_probability) AS score
RETURN subject, [release] + vulnerabilities AS evidence, [runs.id] + links AS links, release, vulnerabilities, score
