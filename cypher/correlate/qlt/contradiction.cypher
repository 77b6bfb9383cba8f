// title:       Sources disagree about the country of an address
// summary:     Sources that were asked about one address, and are each well to be believed, place it in different
//              countries.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.8
// reads:
//              (IPAddress)-[:LOCATED_AT]->(Location)
//              (IPAddress)<-[:OF]-(Observation)
// params:
//              least: float = 0.7 -- how far a source has to be believed to count, between 0 and 1
// returns:
//              subject: IPAddress
//              evidence: list<Location>
//              links: list<link>
//              countries: list<str>
//              score: float -- 0.8
// keyed-by:    subject
// headline:    Sources place {subject} in {countries} at the same time
// explanation: An address is in one place. Where good sources disagree, one of them is out of date, or the address is
//              announced from many places. What is concluded from its country, such as under which law data lies or
//              what stands out in an estate, may be wrong.
// remediation: Compare with the registry and with how long answers take. Switch off or replace the source that is
//              wrong.
// false-positives: Places within one country differ by how exact a source is. A source that is hardly to be believed
//              contradicts nobody.
// references:
//              RFC 8805
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&IPAddress {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (subject)-[lies:LOCATED_AT WHERE lies.holds_since IS NOT NULL]->(place:Location)
WHERE place.country IS NOT NULL
WITH subject, place, lies ORDER BY place.key
WITH subject, collect({place: place, link: lies.id, country: place.country}) AS said
WHERE any(one IN said WHERE one.country <> said[0].country)
UNWIND said AS one
WITH subject, one
WHERE EXISTS {
  MATCH (subject)<-[:OF]-(told:Observation)
  MATCH (claim:Claim {id: told.claim})
  WHERE claim.content = told.id AND one.link IN told.relationships
    AND round(1 - exp(-told.doubt / 1000000.0), 4) >= $least
}
WITH subject, collect(DISTINCT one.country) AS countries, collect(one)[..10] AS said
WHERE size(countries) > 1
RETURN subject, [one IN said | one.place] AS evidence, [one IN said | one.link] AS links, countries, 0.8 AS score
