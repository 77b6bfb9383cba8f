// title:       Published file names an author whose data was stolen
// summary:     A file on a site of one's own tells who wrote it, and the author's account stands in stolen data.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (File)<-[:AUTHORED]-(Person|UserAccount|EmailAddress)-[:HAS_EMAIL|OWNS_ACCOUNT]->{0,1}(UserAccount|EmailAddress)-[:EXPOSED_IN]->(Breach)
//              (File)<-[:CONTAINS_DATA]-(URL)-[:HOSTED_AT]->(DomainName)<-[:REACHED]-(Run)
// returns:
//              subject: File
//              evidence: list<URL|DomainName|Person|UserAccount|EmailAddress|Breach>
//              links: list<link>
//              identity: UserAccount|EmailAddress -- whose data was stolen
//              breach: Breach
//              page: URL -- where the file is found
//              score: float -- more where passwords were stolen
// keyed-by:    identity
// headline:    {subject}, found at {page}, leads to {identity}, whose data was stolen with {breach}
// explanation: Files carry names of people and their accounts without their authors knowing. Together with stolen
//              data this is a name inside, a mailbox and a password to try.
// remediation: Take such words out of files before they are published. Have the author change passwords and use a
//              second factor.
// false-positives: Files of strangers that a run came across are theirs. Pastes and collections put older thefts
//              together under a new name, and do not count.
// references:
//              CWE-1230
//              ATT&CK T1592
//              ATT&CK T1589.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&File {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (author:Person|UserAccount|EmailAddress)-[wrote:AUTHORED WHERE wrote.holds_since IS NOT NULL]->(subject)
MATCH (author)-[has:HAS_EMAIL|OWNS_ACCOUNT WHERE has.holds_since IS NOT NULL]->{0,1}(identity:UserAccount|EmailAddress)
MATCH (identity)-[exposed:EXPOSED_IN WHERE exposed.holds_since IS NOT NULL]->(breach:Breach)
WHERE coalesce(breach.breach_type, 'breach') IN ['breach', 'stealer']
MATCH (page:URL)-[holds:CONTAINS_DATA WHERE holds.holds_since IS NOT NULL]->(subject)
MATCH (page)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(host:DomainName)
  // A host that runs only came across is somebody else's.
WHERE coalesce(COLLECT { MATCH (host)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
WITH subject, author, wrote, has, identity, exposed, breach, page, holds, hosted, host,
     CASE WHEN 'passwords' IN exposed.data_classes THEN 0.9 ELSE 0.7 END AS weight
ORDER BY weight DESC, breach.key, page.key, author.key
WITH subject, identity,
     head(collect({breach: breach, page: page, weight: weight,
                   nodes: [author, identity, breach, page, host],
                   links: [wrote.id, exposed.id, holds.id, hosted.id] + [step IN has | step.id]})) AS proof
RETURN subject, proof.nodes AS evidence, proof.links AS links, identity, proof.breach AS breach, proof.page AS page,
       proof.weight AS score
