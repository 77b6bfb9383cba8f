// title:       Host that nobody looks after
// summary:     A name in use shows several signs at once that nobody cares for it any more.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.7
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:HOSTED_AT]-(URL)<-[:SERVES]-(NetworkService)-[:PRESENTS]->(TLSCertificate)
//              (DomainName)<-[:HOSTED_AT]-(URL)<-[:SERVES]-(NetworkService)-[:RUNS]->(SoftwareRelease)
//              (DomainName)<-[:HOSTED_AT]-(URL)-[:RUNS]->(SoftwareRelease)
// params:
//              least: int = 3 -- how many different signs there have to be
// returns:
//              subject: DomainName
//              evidence: list<URL|NetworkService|TLSCertificate|SoftwareRelease>
//              links: list<link>
//              signs: list<str> -- what shows it
//              score: float -- more the more signs there are
// keyed-by:    subject
// headline:    {subject} is neglected: {signs}
// explanation: Each sign alone may be an oversight. Together they say that nobody would notice if the host were
//              broken into, and that nobody would miss it.
// remediation: Find out whether anybody still needs it. If not, switch it off and delete its name; else make somebody
//              answer for it.
// false-positives: A host for programs has no first page, and one sign on many pages is still one: fewer than `least`
//              different signs are not reported. A name that a run only came across is somebody else's.
// references:
//              CWE-1104
//              ATT&CK T1584.004
//              D3FEND D3-AI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A name that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (page:URL)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(subject)
WITH subject, page, hosted,
     COLLECT {
       MATCH (page)<-[serves:SERVES WHERE serves.holds_since IS NOT NULL]-(service:NetworkService)
       MATCH (service)-[presents:PRESENTS WHERE presents.holds_since IS NOT NULL]->(certificate:TLSCertificate)
       WHERE coalesce(presents.chain_position, 0) = 0 AND certificate.not_after < $now
       RETURN {sign: 'an expired certificate', nodes: [service, certificate], links: [serves.id, presents.id]}
       ORDER BY service.key, certificate.key LIMIT 1
     } + COLLECT {
       MATCH (page)<-[shows:SERVES WHERE shows.holds_since IS NOT NULL]-(server:NetworkService)
       MATCH (server)-[runs:RUNS WHERE runs.holds_since IS NOT NULL]->(release:SoftwareRelease)
       WHERE release.supported_until < $now
       RETURN {sign: 'software without support', nodes: [server, release], links: [shows.id, runs.id]}
       ORDER BY server.key, release.key LIMIT 1
     } + COLLECT {
       MATCH (page)-[made:RUNS WHERE made.holds_since IS NOT NULL]->(maker:SoftwareRelease)
       WHERE maker.supported_until < $now
       RETURN {sign: 'software without support', nodes: [maker], links: [made.id]} ORDER BY maker.key LIMIT 1
     } + [sign IN [
       CASE WHEN page.path = '/' AND (page.status = 404 OR page.status >= 500)
            THEN 'an error in place of the first page' END,
       CASE WHEN page.is_default_page THEN 'the page that the server came with' END,
       CASE WHEN page.is_parked THEN 'the page of a seller of domains' END
     ] WHERE sign IS NOT NULL | {sign: sign, nodes: [], links: []}] AS signs
UNWIND signs AS one
WITH subject, page, hosted, one ORDER BY one.sign, page.key
WITH subject, one.sign AS sign,
     head(collect({nodes: [page] + one.nodes, links: [hosted.id] + one.links})) AS proof
ORDER BY sign
WITH subject, collect(sign) AS signs, collect(proof) AS proofs
WHERE size(signs) >= $least
RETURN subject, reduce(all = [], proof IN proofs | all + proof.nodes) AS evidence,
       reduce(all = [], proof IN proofs | all + proof.links) AS links, signs,
       CASE WHEN size(signs) > $least THEN 1.0 ELSE 0.8 END AS score
