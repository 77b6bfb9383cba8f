// title:       Source history, settings or backups are served
// summary:     A web server gives away files that hold passwords, keys or source code.
// version:     1
// status:      experimental
// severity:    CRITICAL
// confidence:  0.95
// reads:
//              (URL)-[:HOSTED_AT]->(DomainName|IPAddress)
// params:
//              kinds: list<str> = ["version_control", "environment_file", "backup", "configuration", "private_key",
//                "database_dump"]
//                -- which kinds of file count
// returns:
//              subject: URL
//              evidence: list<DomainName|IPAddress>
//              links: list<link>
//              what: str -- what kind of file it is
//              score: float -- 1
// keyed-by:    subject
// headline:    {subject} gives away: {what}
// explanation: Such files hold passwords and keys, or the whole source code with its history; programs look for them
//              on every host of the Internet all the time.
// remediation: Remove the file from what the server serves, and replace every password and key that is in it: take
//              them as known to others.
// false-positives: A server that answers every address with the same page or with an error is no leak: only files
//              recognised by their content, with a successful status, count; lists of downloads are meant to be seen.
// references:
//              CWE-538
//              ATT&CK T1552.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&URL {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND subject.exposed_kind IN $kinds
  AND 200 <= coalesce(subject.status, 200) < 300
MATCH (subject)-[hosted:HOSTED_AT]->(host:DomainName|IPAddress)
WHERE hosted.holds_since IS NOT NULL
RETURN subject, [host] AS evidence, [hosted.id] AS links, replace(subject.exposed_kind, '_', ' ') AS what, 1.0 AS score
