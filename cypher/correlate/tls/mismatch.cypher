// title:       Certificate is for other names
// summary:     A service shows a certificate that names none of the names leading to it, or not the one it was asked by.
// version:     2
// status:      experimental
// severity:    MEDIUM
// confidence:  0.85
// reads:
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)<-[:RESOLVES_TO]-(DomainName)<-[:CNAME_TO]-{1,8}(DomainName)
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)-[:HAS_PORT]->(NetworkService)-[:PRESENTS]->(TLSCertificate)
//              (NetworkService)-[:SERVES]->(URL)-[:HOSTED_AT]->(DomainName)<-[:CNAME_TO]-(DomainName)
// returns:
//              subject: NetworkService
//              evidence: list<IPAddress|TLSCertificate|DomainName|URL>
//              links: list<link>
//              certificates: list<TLSCertificate>
//              names: list<DomainName> -- the names that lead to the service and that no certificate there is for
//              score: float -- 0.9
// keyed-by:    subject
// headline:    Who comes for {names} is shown a certificate for {certificates} at {subject}
// explanation: Visitors are warned or turned away, and learn to click warnings away, so that they will not notice
//              when somebody stands in the service's place.
// remediation: Get a certificate for the names that are used, or take the name out of the DNS if the service is not
//              meant to be reached by it.
// false-positives: On an address that several sites share, the certificate shown without a name says little: as long
//              as one site there has its own, nothing is reported of names that were not asked for by https. Nobody
//              comes for what a name is an alias of, such as a content network's edges.
// references:
//              CWE-297
//              RFC 9525
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL AND subject.server_name IS NULL
MATCH (subject)-[presents:PRESENTS]->(certificate:TLSCertificate)
WHERE presents.holds_since IS NOT NULL AND coalesce(presents.chain_position, 0) = 0 AND size(certificate.names) > 0
MATCH (address:IPAddress)-[has_port:HAS_PORT]->(subject)
WHERE has_port.holds_since IS NOT NULL
MATCH (name:DomainName)-[resolves:RESOLVES_TO]->(address)
WHERE resolves.holds_since IS NOT NULL
WITH subject, presents, certificate, address, has_port, name, resolves ORDER BY name.key, certificate.key
WITH subject, address, has_port, collect(DISTINCT name) AS names, collect(DISTINCT resolves) AS resolved,
     collect(DISTINCT certificate)[..5] AS certificates, collect(DISTINCT presents.id)[..5] AS presented
WITH subject, address, has_port, names, resolved, certificates, presented,
     [n IN names | n.name] + COLLECT {
       MATCH (address)<-[led:RESOLVES_TO WHERE led.holds_since IS NOT NULL]-(end:DomainName)
       MATCH (end)<-[cname:CNAME_TO WHERE cname.holds_since IS NOT NULL]-{1,8}(alias:DomainName)
       RETURN DISTINCT alias.name
     } AS leading,
     COLLECT {
       MATCH (address)-[other_port:HAS_PORT WHERE other_port.holds_since IS NOT NULL]->(view:NetworkService)
       WHERE view.port = subject.port AND view.transport = subject.transport
       MATCH (view)-[shown:PRESENTS WHERE shown.holds_since IS NOT NULL]->(other:TLSCertificate)
       WHERE coalesce(shown.chain_position, 0) = 0
       UNWIND other.names AS covered
       RETURN DISTINCT toLower(covered)
     } AS covered,
     COLLECT {
       MATCH (subject)-[serves:SERVES WHERE serves.holds_since IS NOT NULL]->(page:URL)
       WHERE page.scheme = 'https'
       MATCH (page)-[hosted:HOSTED_AT WHERE hosted.holds_since IS NOT NULL]->(host:DomainName)
       WHERE NOT EXISTS {
         MATCH (host)<-[meant:CNAME_TO]-(:DomainName)
         WHERE meant.holds_since IS NOT NULL
       }
       WITH host, page, serves, hosted ORDER BY page.key
       WITH host, head(collect({page: page, links: [serves.id, hosted.id]})) AS first
       WITH host, first ORDER BY host.key
       RETURN {host: host, page: first.page, links: first.links}
     } AS asked
WITH subject, address, has_port, names, resolved, certificates, presented, leading, asked,
     [n IN leading + [one IN asked | one.host.name]
      WHERE NOT (n IN covered OR '*.' + substring(n, size(split(n, '.')[0]) + 1) IN covered)] AS uncovered
WITH subject, address, has_port, names, resolved, certificates, presented,
     all(n IN leading WHERE n IN uncovered) AS is_strange,
     [one IN asked WHERE one.host.name IN uncovered][..10] AS refused
WITH subject, address, has_port, resolved, certificates, presented, refused,
     CASE WHEN is_strange THEN names[..10] ELSE [one IN refused | one.host] END AS names
WHERE size(names) > 0
RETURN subject, [address] + certificates + names + [one IN refused WHERE one.host IN names | one.page] AS evidence,
       [has_port.id] + presented + [r IN resolved WHERE startNode(r) IN names | r.id]
         + reduce(all = [], one IN refused | all + CASE WHEN one.host IN names THEN one.links ELSE [] END) AS links,
       certificates, names, 0.9 AS score
