// title:       Storage that anybody may read or list
// summary:     A page uses a storage bucket of which anybody can read or list the files.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (CloudResource)<-[:LOADS_FROM|LINKS_TO]-(URL)
// returns:
//              subject: CloudResource
//              evidence: list<URL>
//              links: list<link>
//              how: str -- what anybody may do
//              score: float -- more where the files can be listed
// keyed-by:    subject
// headline:    {subject} is open to everybody, who can {how}
// explanation: What a site shows is meant to be read; what lies beside it in the same bucket often is not. Where the files
//              can be listed, nobody even has to guess their names.
// remediation: Let the bucket give out single files only, or only to the site; look through what lies in it and at who
//              fetched it.
// false-positives: A bucket that gives out what a page loads from it, and cannot be listed, is how sites are built, and is
//              not reported unless it is a link to the bucket. One that no page uses may be somebody else's.
// references:
//              CWE-732
//              ATT&CK T1530
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&CloudResource {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.resource_type = 'bucket'
MATCH (page:URL)-[uses:LOADS_FROM|LINKS_TO WHERE uses.holds_since IS NOT NULL]->(subject)
WHERE subject.is_listable OR (subject.is_public AND type(uses) = 'LINKS_TO')
WITH subject, page, uses ORDER BY page.key
WITH subject, collect(page)[..10] AS pages, collect(uses.id)[..10] AS links
RETURN subject, pages AS evidence, links,
       CASE WHEN subject.is_listable THEN 'list its files' ELSE 'read its files' END AS how,
       CASE WHEN subject.is_listable THEN 1.0 ELSE 0.6 END AS score
