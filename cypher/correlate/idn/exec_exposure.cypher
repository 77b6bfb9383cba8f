// title:       Director who can be called, found and deceived
// summary:     Of somebody on the board of an organization that is looked after, a telephone number, a home address
//              and stolen data are known.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.7
// reads:
//              (Person)-[:DIRECTOR_OF]->(LegalEntity)-[:HAS_WEBSITE]->(DomainName)<-[:REACHED]-(Run)
//              (Person)-[:HAS_PHONE]->(PhoneNumber)
//              (Person)-[:DIRECTOR_OF]->(LegalEntity)-[:HAS_PHONE]->(PhoneNumber)
//              (Person)-[:LOCATED_AT]->(Location)
//              (Person)-[:DIRECTOR_OF]->(LegalEntity)-[:LOCATED_AT]->(Location)
//              (Person)-[:HAS_EMAIL]->(EmailAddress)-[:EXPOSED_IN]->(Breach)
// returns:
//              subject: Person
//              evidence: list<LegalEntity|DomainName|PhoneNumber|Location|EmailAddress|Breach>
//              links: list<link>
//              company: LegalEntity
//              score: float -- more where passwords were stolen
// keyed-by:    company
// headline:    Telephone, home and stolen data of {subject}, director of {company}, are known
// explanation: With these three somebody can pass for the person towards a bank or a colleague, press them, or stand
//              at their door. People on boards are who it is done to.
// remediation: Have number and address taken out of public registers where the law allows it, have accounts of the
//              mailbox secured by a second factor, and agree on how orders to pay are confirmed.
// false-positives: A company's own address and number, which registers give for its directors, are no secret. Who has
//              left the board is not reported, nor is the board of a company whose domain a run only came across.
// references:
//              ATT&CK T1589
//              ATT&CK T1591.004
//              ATT&CK T1656
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&Person {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[leads:DIRECTOR_OF WHERE leads.holds_since IS NOT NULL]->(company:LegalEntity)
WHERE coalesce(leads.valid_to, $now) >= $now
MATCH (company)-[shows:HAS_WEBSITE WHERE shows.holds_since IS NOT NULL]->(site:DomainName)
  // A domain that runs only came across is somebody else's.
WHERE coalesce(COLLECT { MATCH (site)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
WITH subject, company, leads, site, shows ORDER BY site.key
WITH subject, company, leads, head(collect({nodes: [company, site], links: [shows.id]})) AS own
WITH subject, company, own, min(leads.id) AS post,
     COLLECT {
       MATCH (subject)-[called:HAS_PHONE WHERE called.holds_since IS NOT NULL]->(phone:PhoneNumber)
       WHERE NOT EXISTS {
         MATCH (company)-[answers:HAS_PHONE WHERE answers.holds_since IS NOT NULL]->(phone)
       }
       RETURN {node: phone, link: called.id} ORDER BY phone.key LIMIT 1
     } AS phones,
     COLLECT {
       MATCH (subject)-[lives:LOCATED_AT WHERE lives.holds_since IS NOT NULL]->(home:Location)
       WHERE home.precision IN ['addr', 'point'] AND coalesce(lives.valid_to, $now) >= $now AND NOT EXISTS {
         MATCH (company)-[seated:LOCATED_AT WHERE seated.holds_since IS NOT NULL]->(home)
       }
       RETURN {node: home, link: lives.id} ORDER BY home.key LIMIT 1
     } AS homes,
     COLLECT {
       MATCH (subject)-[writes:HAS_EMAIL WHERE writes.holds_since IS NOT NULL]->(mailbox:EmailAddress)
       MATCH (mailbox)-[exposed:EXPOSED_IN WHERE exposed.holds_since IS NOT NULL]->(breach:Breach)
       WITH subject, mailbox, writes, breach, exposed,
            CASE WHEN 'passwords' IN exposed.data_classes THEN 1.0 ELSE 0.8 END AS weight
       RETURN {nodes: [mailbox, breach], links: [writes.id, exposed.id], weight: weight}
       ORDER BY weight DESC, mailbox.key, breach.key LIMIT 1
     } AS thefts
WHERE size(phones) > 0 AND size(homes) > 0 AND size(thefts) > 0
RETURN subject, own.nodes + [phones[0].node, homes[0].node] + thefts[0].nodes AS evidence,
       own.links + [post, phones[0].link, homes[0].link] + thefts[0].links AS links, company,
       thefts[0].weight AS score
