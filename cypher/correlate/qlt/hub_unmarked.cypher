// title:       Address of very many domains that no list knows
// summary:     Names of very many domains lead to one address, and no list of common addresses carries it.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.8
// reads:
//              (IPAddress)<-[:RESOLVES_TO]-(DomainName)
//              (IPAddress)-[:LISTED_IN]->(Feed)
// params:
//              most: int = 100 -- up to how many domains an address is nothing special
// returns:
//              subject: IPAddress
//              evidence: list<DomainName>
//              links: list<link>
//              domains: int -- how many domains there are
//              score: float -- more the more there are
// keyed-by:    subject
// headline:    Names of {domains} domains lead to {subject}, which no list of common addresses carries
// explanation: It is a hosting company's, a content network's or a parking service's. As long as nothing says so,
//              whoever looks at the graph may take its thousands of neighbours for a connection, and rules that leave
//              common addresses out do not leave it out.
// remediation: Put it on a list of common addresses, as a feed of one's own, and look again at what was concluded
//              from it.
// false-positives: Thousands of names of one domain on one address are one owner's, however many they are. An address
//              that a list of common ones carries is marked. Internal addresses mean something else in each network.
// references:
//              RFC 6890
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
  AND NOT subject.address_space IN ['private', 'loopback', 'link_local', 'shared', 'unspecified']
  AND size(COLLECT {
    MATCH (subject)<-[any:RESOLVES_TO WHERE any.holds_since IS NOT NULL]-(:DomainName)
    RETURN 1 LIMIT $most + 1
  }) > $most
  AND NOT EXISTS {
    MATCH (subject)-[known:LISTED_IN]->(common:Feed)
    WHERE known.holds_since IS NOT NULL AND common.polarity = 'known_common'
  }
MATCH (name:DomainName)-[resolves:RESOLVES_TO WHERE resolves.holds_since IS NOT NULL]->(subject)
WITH subject, name, resolves ORDER BY name.key, resolves.id
WITH subject, coalesce(name.registrable_domain, name.name) AS domain,
     head(collect({name: name, link: resolves.id})) AS example
ORDER BY domain
WITH subject, size(collect(domain)) AS domains, collect(example)[..10] AS examples
WHERE domains > $most
RETURN subject, [one IN examples | one.name] AS evidence, [one IN examples | one.link] AS links, domains,
       CASE WHEN domains > 10 * $most THEN 1.0 ELSE 0.7 END AS score
