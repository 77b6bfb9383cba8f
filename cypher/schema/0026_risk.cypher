// summary: What people said of how much assets matter.
CREATE CONSTRAINT asset_rating_id IF NOT EXISTS FOR (n:AssetRating) REQUIRE n.id IS UNIQUE;
CREATE INDEX asset_rating_org IF NOT EXISTS FOR (n:AssetRating) ON (n.org, n.at);
