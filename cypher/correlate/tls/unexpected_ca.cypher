// title:       Certificate from an authority that was never used before
// summary:     A certificate for names of a domain was issued lately by an authority that issued none for them in the
//              year before.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.6
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)<-[:SUBDOMAIN_OF]-{0,8}(DomainName)<-[:COVERS]-(TLSCertificate)
// params:
//              window: duration = P30D -- how lately it was issued
//              memory: duration = P365D -- how far back other authorities count
//              least: int = 3 -- how many earlier certificates there have to be to know what is usual
// returns:
//              subject: DomainName
//              evidence: list<TLSCertificate|DomainName>
//              links: list<link>
//              authority: str -- who issued it
//              certificates: list<TLSCertificate>
//              score: float -- more the more earlier certificates there are
// keyed-by:    authority
// headline:    {authority} issued {certificates} for {subject}, the first for a year
// explanation: Whoever holds a domain's DNS or web server for a minute can have a certificate issued for it, and
//              mostly does not know which authority the owner uses. A new authority is either a change that somebody
//              can tell of, or the trace of a break-in.
// remediation: Ask whoever is in charge of certificates. If nobody ordered it, have it revoked, look at who changed
//              DNS and web servers on that day, and publish a CAA record that names the authorities you use.
// false-positives: Authorities change the names of their intermediates often: the organization counts where the
//              certificate names one. A content network's certificate that names other domains as well is the
//              network's own choice, and is not reported.
// references:
//              RFC 8659
//              RFC 9162
//              ATT&CK T1588.004
//              D3FEND D3-CA
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName&Apex {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)<-[below:SUBDOMAIN_OF WHERE below.holds_since IS NOT NULL]-{0,8}(name:DomainName)
MATCH (certificate:TLSCertificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(name)
WHERE NOT coalesce(certificate.is_self_signed, false)
  AND $now - $window - $memory <= certificate.not_before <= $now
  AND all(covered IN certificate.names
          WHERE toLower(covered) = subject.name OR toLower(covered) ENDS WITH '.' + subject.name)
WITH subject, certificate, below, name, covers,
     coalesce(certificate.issuer_organization, certificate.issuer_common_name) AS authority
WHERE authority IS NOT NULL
WITH subject, authority, certificate, below, name, covers ORDER BY size(below), name.key
WITH subject, authority, certificate,
     head(collect({nodes: [step IN below | startNode(step)], links: [step IN below | step.id] + [covers.id]})) AS way
ORDER BY certificate.not_before, certificate.key
WITH subject, authority,
     collect(CASE WHEN certificate.not_before >= $now - $window THEN {certificate: certificate, way: way} END) AS new,
     size(collect(CASE WHEN certificate.not_before < $now - $window THEN 1 END)) AS earlier
WITH subject, sum(earlier) AS known,
     collect(CASE WHEN earlier = 0 THEN {authority: authority, new: new[..5]} END) AS strangers
WHERE known >= $least
UNWIND strangers AS stranger
RETURN subject,
       reduce(all = [], one IN stranger.new | all + one.way.nodes + one.certificate) AS evidence,
       reduce(all = [], one IN stranger.new | all + one.way.links) AS links,
       stranger.authority AS authority, [one IN stranger.new | one.certificate] AS certificates,
       CASE WHEN known >= 3 * $least THEN 0.9 ELSE 0.6 END AS score
