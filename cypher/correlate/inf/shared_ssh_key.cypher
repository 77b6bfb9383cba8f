// title:       Hosts with the same SSH host key
// summary:     Addresses far from each other answer with the same SSH host key.
// version:     2
// status:      experimental
// severity:    MEDIUM
// confidence:  0.85
// reads:
//              (Fingerprint)<-[:HAS_FINGERPRINT]-(NetworkService)<-[:HAS_PORT]-(IPAddress)<-[:CONTAINS]-(Netblock)
// params:
//              most: int = 20 -- how many addresses may have a key before it counts as one that is built in
// returns:
//              subject: Fingerprint
//              evidence: list<NetworkService|IPAddress>
//              links: list<link>
//              addresses: list<IPAddress>
//              score: float -- less the more addresses have it
// keyed-by:    subject
// shared:      subject
// headline:    {addresses} have the same SSH host key
// explanation: A host makes its key for itself when it is set up. The same key elsewhere is the same machine, a copy of
//              its image, or another one of the same owner; and who has it can pass for all of them.
// remediation: Make new host keys on copies, and in images before they are used. For hosts that are not yours, note that
//              they likely have one owner.
// false-positives: Devices and images that come with a key built in are many: those on more than `most` addresses are not
//              reported. Several addresses in one block are usually one host.
// references:
//              CWE-321
//              ATT&CK T1583.003
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&Fingerprint {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.method = 'ssh_hostkey_sha256'
MATCH (service:NetworkService)-[shows:HAS_FINGERPRINT WHERE shows.holds_since IS NOT NULL]->(subject)
MATCH (address:IPAddress)-[at:HAS_PORT WHERE at.holds_since IS NOT NULL]->(service)
OPTIONAL MATCH (block:Netblock)-[holds:CONTAINS WHERE holds.holds_since IS NOT NULL]->(address)
WITH subject, service, shows, address, at, min(block.key) AS block ORDER BY address.key, service.key
WITH subject, address, head(collect(service)) AS service, head(collect(shows.id)) AS shown, head(collect(at.id)) AS has,
     coalesce(min(block), address.key) AS place
ORDER BY address.key
WITH subject, collect(address) AS addresses, collect(service)[..10] AS services,
     collect(shown)[..10] + collect(has)[..10] AS links, size(collect(DISTINCT place)) AS places
WHERE places >= 2 AND size(addresses) <= $most
RETURN subject, services + addresses[..10] AS evidence, links, addresses[..10] AS addresses,
       CASE WHEN size(addresses) <= 3 THEN 1.0 ELSE 0.7 END AS score
