// title:       Public name leads to an internal address
// summary:     The public DNS tells of an address inside, and so how the network inside is built.
// version:     1
// status:      experimental
// severity:    MEDIUM
// confidence:  0.9
// reads:
//              (DomainName)-[:RESOLVES_TO]->(IPAddress)
// params:
//              spaces: list<str> = ["private", "shared", "link_local"] -- which kinds of address are internal
// returns:
//              subject: DomainName
//              evidence: list<IPAddress>
//              links: list<link>
//              addresses: list<IPAddress>
//              score: float -- 0.9
// keyed-by:    subject
// headline:    {subject} is in the public DNS with the internal address {addresses}
// explanation: It tells strangers names and numbers of machines inside, and lets a web page elsewhere reach them
//              through a visitor's browser.
// remediation: Answer such names on the inside only (split DNS), and take them out of the public zone.
// false-positives: Names that lead to the machine itself (127.0.0.1) are made for developers on purpose.
// references:
//              CWE-200
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&DomainName {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[resolves:RESOLVES_TO]->(address:IPAddress)
WHERE resolves.holds_since IS NOT NULL AND address.address_space IN $spaces
WITH subject, address, resolves ORDER BY address.key
WITH subject, collect(DISTINCT address)[..10] AS addresses, collect(resolves.id)[..10] AS links
RETURN subject, addresses AS evidence, links, addresses, 0.9 AS score
