// title:       Wildcard certificate on many hosts
// summary:     One certificate that stands for all names below a domain is used on many hosts of several networks.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.8
// reads:
//              (TLSCertificate)<-[:PRESENTS]-(NetworkService)<-[:HAS_PORT]-(IPAddress)<-[:CONTAINS]-(Netblock)
// params:
//              least: int = 10 -- how many addresses have to present it
// returns:
//              subject: TLSCertificate
//              evidence: list<NetworkService|IPAddress>
//              links: list<link>
//              hosts: int
//              networks: int
//              score: float -- more the more hosts there are
// keyed-by:    subject
// headline:    {subject} stands for all names below a domain, on {hosts} hosts in {networks} networks
// explanation: Its key lies on all of these hosts. Whoever takes it from the weakest of them can pass for every name of
//              the domain, and it cannot be replaced in one place without all others.
// remediation: Give each service a certificate of its own, by a program that renews it; keep wildcards to what needs
//              them, with a key of its own each.
// false-positives: Many addresses of one network are usually one load balancer. A certificate without a wildcard may be on
//              as many hosts as answer for its name.
// references:
//              CWE-321
//              RFC 6125
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&TLSCertificate {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.has_wildcard
MATCH (service:NetworkService)-[presents:PRESENTS WHERE presents.holds_since IS NOT NULL]->(subject)
MATCH (address:IPAddress)-[at:HAS_PORT WHERE at.holds_since IS NOT NULL]->(service)
OPTIONAL MATCH (block:Netblock)-[holds:CONTAINS WHERE holds.holds_since IS NOT NULL]->(address)
WITH subject, service, presents, address, at, min(block.key) AS block ORDER BY address.key, service.key
WITH subject, address, head(collect(service)) AS service, head(collect(presents.id)) AS shown,
     head(collect(at.id)) AS has, min(block) AS block
ORDER BY address.key
WITH subject, size(collect(address)) AS hosts, size(collect(DISTINCT block)) AS networks,
     collect(address)[..10] + collect(service)[..10] AS evidence, collect(shown)[..10] + collect(has)[..10] AS links
WHERE hosts >= $least AND networks >= 2
RETURN subject, evidence, links, hosts, networks, CASE WHEN hosts >= 2 * $least THEN 1.0 ELSE 0.7 END AS score
