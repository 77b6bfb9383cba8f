// title:       One key under several owners
// summary:     Certificates for the names of unrelated owners have one key.
// version:     2
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (PublicKey)<-[:HAS_KEY]-(TLSCertificate)-[:COVERS]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (PublicKey)<-[:HAS_KEY]-(TLSCertificate)<-[:PRESENTS]-(NetworkService)
// params:
//              most: int = 10 -- how many domains may have the key before it counts as a shared default
// returns:
//              subject: PublicKey
//              evidence: list<TLSCertificate|DomainName|NetworkService>
//              links: list<link>
//              domains: list<str> -- the owners' registered domains
//              score: float -- more where a service shows one of the certificates
// keyed-by:    subject
// shared:      subject
// headline:    Certificates for {domains} have the same key
// explanation: Who holds the private key can read and forge the traffic of all of them. Mostly a hosting company's
//              template was copied with its key, so that every customer holds it.
// remediation: Make a new key where it is used, get a new certificate, and have the old one revoked.
// false-positives: One owner's domains may share a key: domains that stand in one certificate, or are registered for
//              the same organization, are not strangers; nor are the owners of very many domains with the key (the
//              default of a device or a content network).
// references:
//              CWE-321
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&PublicKey {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)<-[has_key:HAS_KEY WHERE has_key.holds_since IS NOT NULL]-(certificate:TLSCertificate)
MATCH (certificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(name:DomainName)
WHERE name.registrable_domain IS NOT NULL
WITH subject, has_key, certificate, covers, name,
     COLLECT {
       MATCH (name)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{0,8}(apex:DomainName)
       MATCH (apex)-[registered:HAS_REGISTRATION WHERE registered.holds_since IS NOT NULL]->(paper:DomainRegistration)
       WHERE paper.registrant_organization IS NOT NULL
       RETURN DISTINCT toLower(paper.registrant_organization)
     } AS holders,
     COLLECT {
       MATCH (certificate)<-[presents:PRESENTS WHERE presents.holds_since IS NOT NULL]-(service:NetworkService)
       RETURN {node: service, link: presents.id} ORDER BY service.key LIMIT 3
     } AS shown
ORDER BY name.key, certificate.key
WITH subject, name.registrable_domain AS domain, collect(DISTINCT certificate.id) AS certificates,
     reduce(all = [], part IN collect(holders) | all + part) AS holders,
     collect({nodes: [certificate, name] + [s IN shown | s.node],
              links: [has_key.id, covers.id] + [s IN shown | s.link], is_shown: size(shown) > 0})[0] AS proof
ORDER BY domain
WITH subject, collect({domain: domain, certificates: certificates, holders: holders, proof: proof}) AS parties
WHERE 2 <= size(parties) <= $most
WITH subject, [one IN parties WHERE any(other IN parties WHERE other.domain <> one.domain
                 AND none(c IN other.certificates WHERE c IN one.certificates)
                 AND none(h IN other.holders WHERE h IN one.holders))] AS strangers
WHERE size(strangers) > 1
RETURN subject,
       reduce(all = [], one IN strangers | all + one.proof.nodes) AS evidence,
       reduce(all = [], one IN strangers | all + one.proof.links) AS links,
       [one IN strangers | one.domain] AS domains,
       CASE WHEN any(one IN strangers WHERE one.proof.is_shown) THEN 0.9 ELSE 0.6 END AS score
