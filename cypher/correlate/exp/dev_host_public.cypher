// title:       Development or test host is public
// summary:     A name that says it is for development or tests serves pages to everybody.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (DomainName)<-[:HOSTED_AT]-(URL)
// params:
//              words: list<str> = ["dev", "devel", "test", "testing", "uat", "stg", "staging", "stage", "qa", "int",
//                "preprod", "sandbox"]
//                -- words of a name that say so
// returns:
//              subject: DomainName
//              evidence: list<URL>
//              links: list<link>
//              pages: list<URL> -- what it serves
//              score: float -- 0.8
// keyed-by:    subject
// headline:    {subject} is for development or tests, and serves {pages} to everybody
// explanation: Such hosts run unfinished programs with copies of real data, are patched last and watched least.
// remediation: Let only your own people reach it, and delete it when the work is done.
// false-positives: Words count as whole words of a label, not within others (`latest`, `contest`), and not in the
//              registered name itself; a host that only sends visitors on is not reported.
// references:
//              CWE-489
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND subject.registrable_domain IS NOT NULL
  AND any(word IN $words
          WHERE left(subject.name, size(subject.name) - size(subject.registrable_domain))
                =~ '(.*[.-])?' + word + '[0-9]*[.-].*')
MATCH (page:URL)-[hosted:HOSTED_AT]->(subject)
WHERE hosted.holds_since IS NOT NULL
  AND (200 <= page.status < 300 OR page.status IN [401, 403])
WITH subject, page, hosted ORDER BY page.key
WITH subject, collect(page)[..10] AS pages, collect(hosted.id)[..10] AS links
RETURN subject, pages AS evidence, links, pages, 0.8 AS score
