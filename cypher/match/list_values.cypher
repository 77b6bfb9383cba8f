// summary: What is compared of entities: their own values, and those of their neighbours that identify them.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of entities
//          as_open: map -- by the marking of an entity, the markings of what may be compared of it: none stricter
//          most: int -- how many neighbours at most
//          few: int -- how many addresses at most something names that tells who is behind one
// returns: id: str, labels: list<str>, properties: map -- null where it does not hold now
//          neighbours: list<map> -- their relationship's type, and values
//          places_of_work: list<str> -- domain names of whom somebody works for
//          named_in: list<str> -- ids of what names a person or a mailbox: documents, accounts, contact records
// index:   Entity(id)
// rows:    one an entity that there is
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org
WITH n, $as_open[coalesce(n.tlp, '')] AS open
RETURN n.id AS id, labels(n) AS labels,
       CASE WHEN n.holds_since IS NULL THEN null ELSE n {
         .name, .other_names, .aliases, .name_form, .lei, .jurisdiction, .registration_number, .wikidata_id, .website,
         .valid_from, .valid_to, .given_name, .family_name, .birth_date, .nationalities, .platform, .handle,
         .display_name, .place, .country, .postal_code, .street_address, .city, .product, .vendor, .part, .cpe,
         .sha256, .sha1, .md5, .key
       } END AS properties,
       COLLECT {
         MATCH (n)-[r:HAS_IDENTIFIER|HAS_EMAIL|HAS_PHONE|HAS_WEBSITE|LOCATED_AT|OWNS_ACCOUNT|REGISTERED_WITH|EMPLOYED_BY|DIRECTOR_OF|USES]->(m:Entity)
         WHERE r.holds_since IS NOT NULL AND m.holds_since IS NOT NULL
           AND coalesce(r.tlp, '') IN open AND coalesce(m.tlp, '') IN open
         WITH DISTINCT type(r) AS type, m
         ORDER BY type, m.key LIMIT $most
         RETURN m {
           type: type, .key, .name, .scheme, .value, .country, .postal_code, .street_address, .city, .handle,
           .name_fingerprint, is_technique: m:AttackPattern, is_mailbox: m:EmailAddress
         }
       } AS neighbours,
       COLLECT {
         MATCH (n)-[works:EMPLOYED_BY|DIRECTOR_OF]->(body:LegalEntity)-[has:HAS_WEBSITE]->(site:DomainName)
         WHERE works.holds_since IS NOT NULL AND has.holds_since IS NOT NULL
           AND coalesce(works.tlp, '') IN open AND coalesce(body.tlp, '') IN open
           AND coalesce(has.tlp, '') IN open AND coalesce(site.tlp, '') IN open
         WITH DISTINCT site.name AS name
         ORDER BY name LIMIT $most
         RETURN name
       } AS places_of_work,
       COLLECT {
         MATCH (n)-[names:AUTHORED|CONTAINS_DATA|IDENTIFIES|OWNS_ACCOUNT|REGISTERED_WITH]-(naming:Entity)
         WHERE (n:Person OR n:EmailAddress)
           AND (naming:ContactRecord OR naming:File OR naming:Report OR naming:URL OR naming:UserAccount)
           AND names.holds_since IS NOT NULL AND naming.holds_since IS NOT NULL
           AND coalesce(names.tlp, '') IN open AND coalesce(naming.tlp, '') IN open
           AND COUNT { (naming)-[:CONTAINS_DATA|IDENTIFIES|REGISTERED_WITH]->(:EmailAddress) } <= $few
         WITH DISTINCT naming.id AS id
         ORDER BY id LIMIT $most
         RETURN id
       } AS named_in
