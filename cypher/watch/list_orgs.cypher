// summary: The organizations that watch something, and where in the stream of events each was looked at least.
// mode:    read
// params:  none
// returns: org: str, seen: str -- the place behind which some watch of it has not been looked at
// index:   Watch(org)
// rows:    one an organization
MATCH (w:Watch)
WHERE w.org > ''
RETURN w.org AS org, min(w.seen) AS seen
