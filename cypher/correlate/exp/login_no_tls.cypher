// title:       Password sent without encryption
// summary:     A page asks for a password over plain HTTP, or sends it there.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.95
// reads:
//              (URL)-[:HOSTED_AT]->(DomainName|IPAddress)-[:LISTED_IN]->(Feed)
//              (URL)-[:FORM_POSTS_TO]->(URL)
// returns:
//              subject: URL
//              evidence: list<DomainName|IPAddress|URL>
//              links: list<link>
//              how: str -- what is wrong
//              score: float -- 1
// keyed-by:    subject
// headline:    {subject} {how}
// explanation: Whoever is on the way (the café's network, a hacked router) reads the password, and can change the page
//              so that it sends more.
// remediation: Serve the page over TLS, send visitors there from plain HTTP, and say so with
//              Strict-Transport-Security.
// false-positives: A form that posts to a central log-in of another name over TLS is fine. A page on a name that a
//              block list carries is a trap of somebody else's, whose TLS is nobody's worry here.
// references:
//              CWE-319
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&URL {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND coalesce(subject.status, 200) < 300
MATCH (subject)-[hosted:HOSTED_AT]->(host:DomainName|IPAddress)
WHERE hosted.holds_since IS NOT NULL
  AND NOT EXISTS {
    MATCH (host)-[listed:LISTED_IN]->(feed:Feed)
    WHERE listed.holds_since IS NOT NULL AND feed.polarity = 'blocks'
  }
OPTIONAL MATCH (subject)-[posts:FORM_POSTS_TO]->(target:URL)
WHERE posts.holds_since IS NOT NULL AND posts.has_password AND target.scheme = 'http' AND subject.scheme = 'https'
WITH subject, hosted, host, target, posts ORDER BY target.key
WITH subject, hosted, host, collect(target)[..5] AS targets, collect(posts.id)[..5] AS posted
WHERE (subject.scheme = 'http' AND subject.has_password_form) OR size(targets) > 0
RETURN subject, [host] + targets AS evidence, [hosted.id] + posted AS links,
       CASE WHEN size(targets) > 0 THEN 'sends the password over plain HTTP'
            ELSE 'asks for a password over plain HTTP' END AS how,
       1.0 AS score
