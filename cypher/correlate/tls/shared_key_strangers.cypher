// title:       One key under several owners
// summary:     A service's certificate has the same key as a certificate for somebody else's names.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.85
// reads:
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)-[:COVERS]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)-[:HAS_KEY]->(PublicKey)<-[:HAS_KEY]-(TLSCertificate)-[:COVERS]->(DomainName)-[:SUBDOMAIN_OF]->{0,8}(DomainName)-[:HAS_REGISTRATION]->(DomainRegistration)
// params:
//              most: int = 10 -- how many other domains may have the key before it counts as a shared default
// returns:
//              subject: NetworkService
//              evidence: list<TLSCertificate|PublicKey|DomainName>
//              links: list<link>
//              key: PublicKey
//              strangers: list<str> -- the other owners' registered domains
//              score: float -- 0.9
// keyed-by:    key
// headline:    {subject} has the same key as certificates for {strangers}
// explanation: Who holds the private key can read and forge the traffic of all of them. Mostly a hosting company's
//              template was copied with its key, so that every customer holds it.
// remediation: Make a new key where it is used, get a new certificate, and have the old one revoked.
// false-positives: One owner's domains may share a key: certificates with a registered domain in common, or domains
//              registered for the same organization, are not reported; nor are keys of very many domains (the
//              default of a device or a content network).
// references:
//              CWE-321
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[presents:PRESENTS WHERE presents.holds_since IS NOT NULL]->(own:TLSCertificate)
WHERE coalesce(presents.chain_position, 0) = 0
MATCH (own)-[own_key:HAS_KEY WHERE own_key.holds_since IS NOT NULL]->(key:PublicKey)
MATCH (key)<-[other_key:HAS_KEY WHERE other_key.holds_since IS NOT NULL]-(other:TLSCertificate)
WHERE other <> own
WITH subject, presents, own, own_key, key, other, other_key, COLLECT {
       MATCH (own)-[names:COVERS WHERE names.holds_since IS NOT NULL]->(own_name:DomainName)
       WHERE own_name.registrable_domain IS NOT NULL
       RETURN DISTINCT own_name.registrable_domain
     } AS own_domains
MATCH (other)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(stranger:DomainName)
WHERE size(own_domains) > 0
WITH subject, presents, own, own_key, key, own_domains, other, other_key, covers, stranger,
     COLLECT {
       MATCH (own)-[held:COVERS WHERE held.holds_since IS NOT NULL]->(own_covered:DomainName)
       MATCH (own_covered)-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]->{0,8}(own_apex:DomainName)
       MATCH (own_apex)-[mine:HAS_REGISTRATION WHERE mine.holds_since IS NOT NULL]->(own_paper:DomainRegistration)
       WHERE own_paper.registrant_organization IS NOT NULL
       RETURN DISTINCT toLower(own_paper.registrant_organization)
     } AS own_holders,
     COLLECT {
       MATCH (stranger)-[under:SUBDOMAIN_OF WHERE under.holds_since IS NOT NULL]->{0,8}(their_apex:DomainName)
       MATCH (their_apex)-[theirs:HAS_REGISTRATION WHERE theirs.holds_since IS NOT NULL]->(paper:DomainRegistration)
       WHERE paper.registrant_organization IS NOT NULL
       RETURN DISTINCT toLower(paper.registrant_organization)
     } AS holders
WHERE none(holder IN holders WHERE holder IN own_holders)
WITH subject, presents, own, own_key, key, own_domains, other, other_key, covers, stranger
ORDER BY stranger.key, other.key
WITH subject, key, own_domains, [presents.id, own_key.id] AS own_links, own,
     collect(DISTINCT stranger.registrable_domain) AS strangers,
     collect(DISTINCT other)[..10] AS others, collect(DISTINCT other_key.id)[..10] AS key_links,
     collect(DISTINCT stranger)[..1] AS named, collect(DISTINCT covers.id)[..1] AS named_links
WHERE 0 < size(strangers) <= $most AND none(domain IN strangers WHERE domain IN own_domains)
RETURN subject, [own, key] + others + named AS evidence, own_links + key_links + named_links AS links,
       key, strangers, 0.9 AS score
