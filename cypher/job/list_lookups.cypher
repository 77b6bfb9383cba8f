// summary: When collectors last answered about entities in all their parts, where that is not too long ago.
// mode:    read
// params:  abouts: list<str> -- the entities' ids
//          collectors: list<str>
//          since: datetime -- what is older is of no use
// returns: about: str, collector: str, asked: str -- how it was asked, as a digest, at: datetime -- of its oldest part
// index:   Lookup(about, collector)
// rows:    at most one an entity and collector
UNWIND $abouts AS about
MATCH (k:Lookup {about: about})
WHERE k.collector IN $collectors AND k.at >= $since
RETURN k.about AS about, k.collector AS collector, k.asked AS asked, k.at AS at
