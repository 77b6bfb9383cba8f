// title:       Release far behind the rest
// summary:     One place runs a release of a product that is far older than what most other places run.
// version:     1
// status:      experimental
// severity:    LOW
// confidence:  0.6
// reads:
//              (SoftwareProduct)<-[:RELEASE_OF]-(SoftwareRelease)<-[:RUNS]-(NetworkService|URL)<-[:REACHED]-(Run)
// params:
//              least: int = 5 -- how many places have to run the product
//              steps: int = 2 -- how many minor versions behind count; a major version always does
// returns:
//              subject: SoftwareProduct
//              evidence: list<SoftwareRelease|NetworkService|URL>
//              links: list<link>
//              release: SoftwareRelease -- the old one
//              runners: list<NetworkService|URL> -- what runs it
//              usual: SoftwareRelease -- what half of all places or more run, or newer
//              score: float -- more where it is a major version behind
// keyed-by:    release
// headline:    {release} still runs at {runners}, while most others have {usual} or newer
// explanation: All places where the product was seen are put in the order of their versions; the one in the middle is
//              what is usual here. A place far behind it was left out when the others were brought up to date, and
//              weaknesses that were mended everywhere else are still open there.
// remediation: Bring it up to the release of the others, and find out why it was left out.
// false-positives: Being one minor version behind is how updates go, and is not reported. Hosts of others, which a
//              run only came across, are not compared.
// references:
//              CWE-1104
//              D3FEND D3-SU
//              D3FEND D3-SWI
// author:      Mirage
// since:       0.1
UNWIND $touched AS id
MATCH (subject:Entity&SoftwareProduct {id: id, org: $org})
USING INDEX subject:Entity(id)
WHERE subject.holds_since IS NOT NULL
MATCH (release:SoftwareRelease)-[of:RELEASE_OF WHERE of.holds_since IS NOT NULL]->(subject)
MATCH (runner:NetworkService|URL)-[runs:RUNS WHERE runs.holds_since IS NOT NULL]->(release)
  // Services lie on addresses, which are a hop from one's own names.
WHERE coalesce(COLLECT { MATCH (runner)<-[reached:REACHED]-(:Run) RETURN min(reached.distance) }[0], 0) <= 1
WITH subject, of, release, runner, runs ORDER BY runner.key
WITH subject, of, release, coalesce(runner.host, runner.address) AS place,
     head(collect({runner: runner, runs: runs.id})) AS one
WITH subject, of, release, size(collect(place)) AS places, collect(one)[..10] AS runners
WITH subject, of, release, places, runners,
     // Numbers of a version are written as 5 and eighteen digits; words become null.
     [part IN split(release.version_order, '.') | toInteger(substring(part, 1))] AS numbers
ORDER BY release.version_order
WITH subject, sum(places) AS all, collect({release: release, of: of.id, places: places, runners: runners,
                                           major: numbers[0], minor: numbers[1]}) AS releases
WHERE all >= $least
  // The release of the place in the middle, when all places are put in order.
WITH subject, releases, reduce(seek = {left: (all + 1) / 2, found: null}, one IN releases |
       CASE WHEN seek.found IS NULL AND seek.left <= one.places THEN {left: 0, found: one}
            ELSE {left: seek.left - one.places, found: seek.found} END).found AS middle
UNWIND releases AS one
WITH subject, middle, one
WHERE one.major < middle.major OR (one.major = middle.major AND one.minor + $steps <= middle.minor)
RETURN subject, [one.release, middle.release, middle.runners[0].runner] + [r IN one.runners | r.runner] AS evidence,
       [one.of, middle.of, middle.runners[0].runs] + [r IN one.runners | r.runs] AS links,
       one.release AS release, [r IN one.runners | r.runner] AS runners, middle.release AS usual,
       CASE WHEN one.major < middle.major THEN 0.9 ELSE 0.6 END AS score
