// title:       Domain that shares certificates with one's own
// summary:     A domain outside of the scan stands in several certificates together with names that are scanned.
// version:     1
// status:      experimental
// severity:    INFO
// confidence:  0.7
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)<-[:COVERS]-(TLSCertificate)-[:COVERS]->(DomainName)<-[:REACHED]-(Run)
// params:
//              least: int = 2 -- how many certificates have to name both
//              most: int = 20 -- how many names a certificate may have before it counts as a provider's for many
// returns:
//              subject: DomainName
//              evidence: list<DomainName|TLSCertificate>
//              links: list<link>
//              names: list<DomainName> -- the names of one's own
//              count: int -- how many certificates name both
//              score: float -- more the more certificates there are
// keyed-by:    subject
// headline:    {subject} stands in {count} certificates together with {names}
// explanation: To get a certificate for several domains one has to control each of them. A domain that appears again
//              and again beside your own is most likely yours as well, and nobody looks after it here.
// remediation: Find out whose it is. If it is yours, or a subsidiary's, add it to what is scanned.
// false-positives: Content networks and hosting companies put many customers into one certificate: those with more
//              than `most` names do not count. A certificate and the form of it that was submitted to a log are one.
// references:
//              RFC 9162
//              ATT&CK T1596.003
//              D3FEND D3-AI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND NOT EXISTS { MATCH (subject)<-[:REACHED {distance: 0}]-(:Run) }
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
MATCH (certificate:TLSCertificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(name)
WHERE size(certificate.names) <= $most
MATCH (certificate)-[also:COVERS WHERE also.holds_since IS NOT NULL]->(own:DomainName)
WHERE coalesce(own.registrable_domain, own.name) <> subject.name
  AND EXISTS { MATCH (own)<-[:REACHED {distance: 0}]-(:Run) }
WITH subject, below, name, certificate, covers, also, own
ORDER BY coalesce(certificate.is_precertificate, false), certificate.key, size(below), name.key, own.key
WITH subject, coalesce(certificate.serial_number, certificate.sha256) AS serial,
     head(collect({own: own, nodes: [step IN below | startNode(step)] + [certificate, own],
                   links: [step IN below | step.id] + [covers.id, also.id]})) AS proof
ORDER BY serial
WITH subject, collect(proof) AS proofs
WHERE size(proofs) >= $least
RETURN subject, reduce(all = [], proof IN proofs[..5] | all + proof.nodes) AS evidence,
       reduce(all = [], proof IN proofs[..5] | all + proof.links) AS links,
       [proof IN proofs[..5] | proof.own] AS names, size(proofs) AS count,
       CASE WHEN size(proofs) > $least THEN 0.9 ELSE 0.7 END AS score
