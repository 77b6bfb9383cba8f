// title:       Name still leads to an address that somebody else rents now
// summary:     A name leads to an address of a cloud provider where a stranger's server answers, even when it is
//              asked for that name.
// version:     1
// status:      experimental
// severity:    HIGH
// confidence:  0.7
// reads:
//              (DomainName)<-[:REACHED]-(Run)
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)-[:HAS_PORT]->(NetworkService)-[:PRESENTS]->(TLSCertificate)-[:COVERS]->(DomainName)-[:RESOLVES_TO]->(IPAddress)
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)<-[:RESOLVES_TO]-(DomainName)
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)-[:LISTED_IN|OPERATED_BY]->(Feed|LegalEntity)
// params:
//              clouds: list<str> = ["cloud", "amazon", "aws", "azure", "microsoft", "google", "digitalocean",
//                "hetzner", "ovh", "linode", "akamai", "vultr", "oracle", "alibaba", "tencent", "scaleway"]
//                -- words by which lists of known addresses, and operators, are those of cloud providers
//              most: int = 5 -- how many names may lead to an address before it counts as shared hosting
// returns:
//              subject: DomainName
//              evidence: list<IPAddress|NetworkService|TLSCertificate|DomainName|Feed|LegalEntity>
//              links: list<link>
//              address: IPAddress
//              stranger: DomainName -- who is there now
//              score: float -- 0.9
// keyed-by:    address
// headline:    {subject} leads to the rented address {address}, where {stranger} is now
// explanation: Addresses of clouds go to the next customer as soon as they are given back. Who has it now can serve
//              pages under your name, get a certificate for it, and read the cookies of your other sites.
// remediation: Delete the record, or let it lead to a server of yours. Then look through the certificate logs for
//              certificates that others got for the name, and keep the next address as long as a name leads to it.
// false-positives: On shared hosting many customers' names lead to one address, and those are not reported. Nor is a
//              server of one's own that only shows another of one's names, nor one that nobody asked for the name:
//              what it shows without a name tells nothing.
// references:
//              CWE-672
//              ATT&CK T1584.001
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  // A domain that runs only came across is somebody else's.
  AND coalesce(COLLECT { MATCH (subject)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) = 0
MATCH (subject)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(address:IPAddress)
  // First, since an address that many share has a view of its service under each of their names.
WHERE size(COLLECT {
  MATCH (address)<-[leads:RESOLVES_TO WHERE leads.holds_since IS NOT NULL]-(:DomainName)
  RETURN 1 LIMIT $most + 1
}) <= $most
MATCH (address)-[at:HAS_PORT WHERE at.holds_since IS NOT NULL]->(service:NetworkService)
WHERE service.server_name = subject.name
MATCH (service)-[shows:PRESENTS WHERE shows.holds_since IS NOT NULL]->(certificate:TLSCertificate)
WHERE coalesce(shows.chain_position, 0) = 0 AND NOT coalesce(certificate.is_self_signed, false)
MATCH (certificate)-[covers:COVERS WHERE covers.holds_since IS NOT NULL]->(stranger:DomainName)
MATCH (stranger)-[lives:RESOLVES_TO WHERE lives.holds_since IS NOT NULL]->(address)
WHERE stranger.registrable_domain <> coalesce(subject.registrable_domain, subject.name)
  AND NOT EXISTS {
    MATCH (address)-[has:HAS_PORT WHERE has.holds_since IS NOT NULL]->(beside:NetworkService)
    MATCH (beside)-[presents:PRESENTS WHERE presents.holds_since IS NOT NULL]->(own:TLSCertificate)
    WHERE any(n IN own.names
              WHERE ('.' + toLower(n)) ENDS WITH '.' + coalesce(subject.registrable_domain, subject.name))
  }
MATCH (address)-[marks:LISTED_IN|OPERATED_BY WHERE marks.holds_since IS NOT NULL]->(cloud:Feed|LegalEntity)
WHERE coalesce(cloud.polarity, 'known_common') = 'known_common'
  AND any(said IN [cloud.slug, cloud.name] + coalesce(cloud.categories, [])
          WHERE any(word IN $clouds WHERE toLower(said) CONTAINS word))
WITH subject, address, resolves, at, service, shows, certificate, covers, stranger, lives, marks, cloud
ORDER BY service.key, certificate.key, stranger.key, cloud.key
WITH subject, address,
     head(collect({stranger: stranger, nodes: [service, certificate, stranger, cloud],
                   links: [resolves.id, at.id, shows.id, covers.id, lives.id, marks.id]})) AS proof
RETURN subject, [address] + proof.nodes AS evidence, proof.links AS links, address, proof.stranger AS stranger,
       0.9 AS score
