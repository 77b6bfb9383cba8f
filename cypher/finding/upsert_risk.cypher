// summary: Say how much findings matter here, from their five parts, where that is not what is said already.
// mode:    write
// params:  findings: list<str> -- ids of findings
//          severities: map -- what each severity counts, 0..1
//          exposures: map -- what each exposure counts, 0..1
//          criticalities: map -- what each criticality counts, 0..1
//          internal: list<str> -- the address spaces that cannot be reached from outside
//          version: str -- of all these weights
//          few: int -- up to how many may have what is shared before that says less
//          many: int -- from how many on it says as little as can be
//          least: float -- how little that is, 0..1
//          common: float -- what it says where a list of common things carries it, 0..1
// returns: id: str -- of each finding of which something else is said now
// index:   Finding(id)
// rows:    at most one a finding
UNWIND $findings AS id
MATCH (finding:Finding {id: id})-[:ABOUT]->(subject:Entity)
WHERE finding.state <> 'CLOSED'
// Held before anything is read that it follows from: who reads later writes later, too.
REMOVE finding._lock
WITH DISTINCT finding, subject
WITH finding, subject,
     COLLECT {
       MATCH (finding)-[:ABOUT|RESTS_ON]->(at:IPAddress)
       RETURN at.address_space
       UNION ALL
       MATCH (finding)-[:ABOUT|RESTS_ON]->(:NetworkService)<-[port:HAS_PORT]-(at:IPAddress)
       WHERE port.holds_since IS NOT NULL
       RETURN at.address_space
       UNION ALL
       MATCH (subject)-[resolves:RESOLVES_TO]->(at:IPAddress)
       WHERE resolves.holds_since IS NOT NULL
       RETURN at.address_space
     } AS spaces,
     EXISTS {
       MATCH (finding)-[:ABOUT|RESTS_ON]->(answers:NetworkService|URL)
       WHERE answers.holds_since IS NOT NULL
     } OR EXISTS {
       MATCH (subject)-[port:HAS_PORT]->(:NetworkService)
       WHERE port.holds_since IS NOT NULL
     } AS answers,
     // The one that the fewest have: it alone would do.
     COLLECT {
       UNWIND coalesce(finding.shared, []) AS shared
       MATCH (value:Entity {id: shared})
       WITH value, EXISTS {
         MATCH (value)-[known:LISTED_IN]->(listed:Feed)
         WHERE known.holds_since IS NOT NULL AND listed.polarity = 'known_common'
       } AS is_common, size(COLLECT {
         MATCH (value)<-[has:!LISTED_IN]-(:Entity)
         WHERE has.holds_since IS NOT NULL
         RETURN 1 LIMIT $many
       }) AS holders
       RETURN {is_common: is_common, holders: holders} ORDER BY is_common, holders LIMIT 1
     }[0] AS rarest,
     // The nearest word counts: a test host below an important domain may be told to be unimportant.
     CASE WHEN EXISTS { MATCH (any:AssetRating) WHERE any.org = finding.org } THEN COLLECT {
       MATCH (finding)-[concerns:ABOUT|RESTS_ON]->(basis:Entity)
       WITH concerns, COLLECT {
         MATCH way = (basis)<-[:HAS_PORT]-{0,1}(:Entity)-[:HOSTED_AT|MAILBOX_AT|SUBDOMAIN_OF]->{0,9}(:Entity)<-[:RATES]-(rating:AssetRating)
         RETURN rating.criticality ORDER BY length(way), rating.id LIMIT 1
       }[0] AS word
       RETURN {word: word, is_subject: type(concerns) = 'ABOUT'}
     } ELSE [] END AS words
WITH finding, rarest,
     CASE
       WHEN size(spaces) > 0 AND all(space IN spaces WHERE coalesce(space IN $internal, false)) THEN 'INTERNAL'
       WHEN answers THEN 'ANSWERS'
       WHEN size(spaces) > 0 THEN 'ADDRESSED'
       ELSE 'UNKNOWN'
     END AS exposure,
     coalesce(head([one IN words WHERE one.is_subject | one.word]), 'NORMAL') AS own,
     [one IN words WHERE NOT one.is_subject AND one.word IS NOT NULL | one.word] AS others
WITH finding, exposure, coalesce(rarest.holders, 0) AS holders, coalesce(rarest.is_common, false) AS is_common,
     reduce(most = own, word IN others | CASE WHEN $criticalities[word] > $criticalities[most] THEN word ELSE most END)
       AS criticality
WITH finding, exposure, holders, is_common, criticality,
     CASE
       WHEN is_common THEN $common
       WHEN holders <= $few THEN 1.0
       ELSE 1.0 - (1.0 - $least) * log10(toFloat(holders) / $few) / log10(toFloat($many) / $few)
     END AS specificity
WITH finding, exposure, holders, is_common, criticality, round(specificity, 4) AS specificity,
     round(100.0 * $severities[finding.severity] * finding.confidence * coalesce(finding.score, 1.0) *
           $exposures[exposure] * specificity * $criticalities[criticality], 1) AS risk
WHERE finding.risk IS NULL OR finding.risk_version <> $version OR finding.risk <> risk OR finding.risk_exposure <> exposure
   OR finding.risk_criticality <> criticality OR finding.risk_shared_by <> holders OR finding.risk_is_common <> is_common
SET finding.risk = risk, finding.risk_exposure = exposure, finding.risk_criticality = criticality,
    finding.risk_specificity = specificity, finding.risk_shared_by = holders, finding.risk_is_common = is_common,
    finding.risk_version = $version
RETURN finding.id AS id
