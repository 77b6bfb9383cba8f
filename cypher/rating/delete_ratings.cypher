// summary: Say no longer how much entities matter.
// mode:    write
// params:  ids: list<str> -- of what was said
// returns: id: str
// index:   AssetRating(id)
// rows:    one a rating that there was
UNWIND $ids AS one
MATCH (rating:AssetRating {id: one})
WITH rating, rating.id AS id
DETACH DELETE rating
RETURN id
