// title:       Origin behind a content network can be reached directly
// summary:     A site is served by a content delivery network, but its own server shows the same certificate to
//              everybody, so that the network's protection can be walked around.
// version:     2
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (DomainName)-[:CNAME_TO]->{0,8}(DomainName)-[:RESOLVES_TO]->(IPAddress)-[:LISTED_IN]->(Feed)
//              (DomainName)-[:CNAME_TO]->{0,8}(DomainName)-[:SUBDOMAIN_OF]->{0,1}(DomainName)<-[:COVERS]-(TLSCertificate)<-[:PRESENTS]-(NetworkService)<-[:HAS_PORT]-(IPAddress)-[:LISTED_IN]->(Feed)
// params:
//              networks: str = "(?i).*(cdn|content[ _-]?(delivery|network)|cloudflare|fastly|akamai|cloudfront).*"
//                -- which lists of known addresses are those of content networks, by name or category
// returns:
//              subject: DomainName
//              evidence: list<DomainName|IPAddress|Feed|NetworkService|TLSCertificate>
//              links: list<link>
//              origins: list<NetworkService> -- the site's own servers
//              edges: list<IPAddress> -- the content network's addresses
//              score: float -- 0.9
// keyed-by:    subject
// headline:    {subject} is served by a content network at {edges}, but {origins} can be reached without it
// explanation: A content network filters attacks and hides where a site really runs. A server that answers everybody
//              takes both away.
// remediation: Let the server accept connections from the content network only (its address ranges, or a client
//              certificate), then give it a new address, since the old one is known.
// false-positives: Other servers of the content network show the certificate, too; services at addresses on the same
//              kind of list are not reported, nor are certificates of the network's other customers.
// references:
//              CWE-693
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[alias:CNAME_TO WHERE alias.holds_since IS NOT NULL]->{0,8}(front:DomainName)
MATCH (front)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(edge:IPAddress)
MATCH (edge)-[listed:LISTED_IN WHERE listed.holds_since IS NOT NULL]->(network:Feed)
WHERE network.polarity = 'known_common'
  AND any(word IN [network.slug, network.name] + coalesce(network.categories, []) WHERE word =~ $networks)
  // From the certificates of the names, since a content network's address has services for thousands of others.
MATCH (subject)-[way:CNAME_TO WHERE way.holds_since IS NOT NULL]->{0,8}(led:DomainName)
MATCH (led)-[up:SUBDOMAIN_OF WHERE up.holds_since IS NOT NULL]->{0,1}(place:DomainName)
MATCH (certificate:TLSCertificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(place)
WHERE CASE size(up) WHEN 0 THEN covers.is_exact ELSE covers.is_wildcard END
MATCH (edge_service:NetworkService)-[fronts:PRESENTS WHERE fronts.holds_since IS NOT NULL]->(certificate)
WHERE coalesce(fronts.chain_position, 0) = 0
MATCH (edge_service)<-[at_edge:HAS_PORT WHERE at_edge.holds_since IS NOT NULL]-(host:IPAddress)
WHERE host = edge
MATCH (certificate)<-[shows:PRESENTS WHERE shows.holds_since IS NOT NULL]-(service:NetworkService)
WHERE coalesce(shows.chain_position, 0) = 0
MATCH (service)<-[at_origin:HAS_PORT WHERE at_origin.holds_since IS NOT NULL]-(origin:IPAddress)
WHERE NOT EXISTS {
  MATCH (origin)-[known:LISTED_IN WHERE known.holds_since IS NOT NULL]->(own_list:Feed)
  WHERE own_list.polarity = 'known_common'
    AND any(word IN [own_list.slug, own_list.name] + coalesce(own_list.categories, []) WHERE word =~ $networks)
}
WITH subject, edge, service,
     [step IN alias + way + up | endNode(step)] + [edge, network, edge_service, certificate, service, origin] AS nodes,
     [step IN alias + way + up | step.id] +
     [covers.id, resolves.id, listed.id, at_edge.id, fronts.id, shows.id, at_origin.id] AS steps
ORDER BY service.key, edge.key
WITH subject, collect(DISTINCT service)[..5] AS origins, collect(DISTINCT edge)[..5] AS edges,
     reduce(all = [], part IN collect(nodes)[..10] | all + part) AS evidence,
     reduce(all = [], part IN collect(steps)[..10] | all + part) AS links
RETURN subject, evidence, links, origins, edges, 0.9 AS score
