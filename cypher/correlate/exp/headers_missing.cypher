// title:       Log-in page without basic response policies
// summary:     A page that asks for a password lacks the headers by which browsers protect such pages.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.9
// reads:
//              (URL)-[:HOSTED_AT]->(DomainName|IPAddress)-[:LISTED_IN]->(Feed)
// params:
//              headers: list<str> = ["strict-transport-security", "content-security-policy"] -- which ones count
// returns:
//              subject: URL
//              evidence: list<DomainName|IPAddress>
//              links: list<link>
//              missing: list<str>
//              score: float -- the share of the headers that is missing
// keyed-by:    subject
// headline:    {subject} asks for a password without {missing}
// explanation: Strict-Transport-Security keeps browsers from ever speaking plain HTTP to the host, and
//              Content-Security-Policy keeps injected scripts from running and reading what is typed.
// remediation: Send both headers with every answer of the host.
// false-positives: That a header is missing is only said where the whole answer was read. Over plain HTTP browsers
//              ignore Strict-Transport-Security, so it is not missed there. A page on a name that a block list
//              carries is somebody else's trap.
// references:
//              CWE-693
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&URL {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND subject.has_password_form AND coalesce(subject.status, 200) < 300
WITH subject, [header IN $headers WHERE header IN subject.missing_policies
               AND NOT (subject.scheme = 'http' AND header = 'strict-transport-security')] AS missing
WHERE size(missing) > 0
MATCH (subject)-[hosted:HOSTED_AT]->(host:DomainName|IPAddress)
WHERE hosted.holds_since IS NOT NULL
  AND NOT EXISTS {
    MATCH (host)-[listed:LISTED_IN]->(feed:Feed)
    WHERE listed.holds_since IS NOT NULL AND feed.polarity = 'blocks'
  }
RETURN subject, [host] AS evidence, [hosted.id] AS links, missing,
       toFloat(size(missing)) / size($headers) AS score
