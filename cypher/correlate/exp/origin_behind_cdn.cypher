// title:       Origin behind a content network can be reached directly
// summary:     A server shows the certificate of a site that is otherwise served by a content delivery network, so the
//              network's protection can be walked around.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.8
// reads:
//              (NetworkService)<-[:HAS_PORT]-(IPAddress)-[:LISTED_IN]->(Feed)
//              (NetworkService)-[:PRESENTS]->(TLSCertificate)<-[:PRESENTS]-(NetworkService)<-[:HAS_PORT]-(IPAddress)-[:LISTED_IN]->(Feed)
// params:
//              networks: str = "(?i).*(cdn|content[ _-]?(delivery|network)|cloudflare|fastly|akamai|cloudfront).*"
//                -- which lists of known addresses are those of content networks, by name or category
// returns:
//              subject: NetworkService
//              evidence: list<TLSCertificate|NetworkService|IPAddress|Feed>
//              links: list<link>
//              certificate: TLSCertificate
//              edge: list<IPAddress> -- the content network's addresses
//              score: float -- 0.9
// keyed-by:    certificate
// headline:    {subject} shows {certificate}, which the content network at {edge} serves: the origin can be reached
// explanation: A content network filters attacks and hides where a site really runs. An origin that answers everybody
//              takes both away.
// remediation: Let the origin accept connections from the content network only (its address ranges, or a client
//              certificate), then give it a new address, since the old one is known.
// false-positives: Other servers of the content network show the certificate, too, and so does a site that moves
//              between networks; services at addresses on the same kind of list are not reported.
// references:
//              CWE-693
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&NetworkService {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (origin:IPAddress)-[at_origin:HAS_PORT WHERE at_origin.holds_since IS NOT NULL]->(subject)
WHERE NOT EXISTS {
  MATCH (origin)-[known:LISTED_IN WHERE known.holds_since IS NOT NULL]->(own_list:Feed)
  WHERE own_list.polarity = 'known_common'
    AND any(word IN [own_list.slug, own_list.name] + coalesce(own_list.categories, []) WHERE word =~ $networks)
}
MATCH (subject)-[shows:PRESENTS WHERE shows.holds_since IS NOT NULL]->(certificate:TLSCertificate)
WHERE coalesce(shows.chain_position, 0) = 0 AND NOT coalesce(certificate.is_self_signed, false)
MATCH (certificate)<-[fronts:PRESENTS WHERE fronts.holds_since IS NOT NULL]-(edge_service:NetworkService)
WHERE coalesce(fronts.chain_position, 0) = 0
MATCH (edge_service)<-[at_edge:HAS_PORT WHERE at_edge.holds_since IS NOT NULL]-(edge:IPAddress)
MATCH (edge)-[listed:LISTED_IN WHERE listed.holds_since IS NOT NULL]->(network:Feed)
WHERE network.polarity = 'known_common'
  AND any(word IN [network.slug, network.name] + coalesce(network.categories, []) WHERE word =~ $networks)
WITH subject, certificate, shows, at_origin, origin, edge_service, fronts, at_edge, edge, network, listed
ORDER BY edge.key, network.key
WITH subject, certificate, origin, [shows.id, at_origin.id] AS own_links,
     collect(DISTINCT edge)[..10] AS edge,
     collect(DISTINCT edge_service)[..10] + collect(DISTINCT network)[..10] AS others,
     collect(DISTINCT fronts.id)[..10] + collect(DISTINCT at_edge.id)[..10] + collect(DISTINCT listed.id)[..10] AS links
RETURN subject, [certificate, origin] + others + edge AS evidence, own_links + links AS links, certificate, edge,
       0.9 AS score
