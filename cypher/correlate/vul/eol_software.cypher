// title:       Software that is no longer supported
// summary:     A service runs a release whose maker has ended support, so that new weaknesses stay open.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (NetworkService)-[:RUNS]->(SoftwareRelease)
// returns:
//              subject: NetworkService
//              evidence: list<SoftwareRelease>
//              links: list<link>
//              release: SoftwareRelease
//              ended: datetime
//              score: float -- more the longer ago it was
// keyed-by:    release
// headline:    {subject} runs {release}, unsupported since {ended}
// explanation: What is found in it from now on is not mended any more.
// remediation: Move to a release that is supported.
// false-positives: Distributions support old releases for longer than their makers do; where somebody says until when,
//              that moment counts.
// references:
//              CWE-1104
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[runs:RUNS]->(release:SoftwareRelease)
WHERE runs.holds_since IS NOT NULL AND release.supported_until < $now
RETURN subject, [release] AS evidence, [runs.id] AS links, release, release.supported_until AS ended,
       CASE WHEN release.supported_until < $now - duration('P365D') THEN 1.0 ELSE 0.7 END AS score
