// summary: Channels over which organizations are told of what happens, what is still to be told, and what is on its way.
CREATE CONSTRAINT channel_id IF NOT EXISTS FOR (n:Channel) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT channel_name IF NOT EXISTS FOR (n:Channel) REQUIRE (n.org, n.name) IS UNIQUE;
CREATE CONSTRAINT notice_id IF NOT EXISTS FOR (n:Notice) REQUIRE n.id IS UNIQUE;
CREATE INDEX notice_org IF NOT EXISTS FOR (n:Notice) ON (n.org, n.at);
CREATE CONSTRAINT delivery_id IF NOT EXISTS FOR (n:Delivery) REQUIRE n.id IS UNIQUE;
CREATE INDEX delivery_due IF NOT EXISTS FOR (n:Delivery) ON (n.due_at);
CREATE INDEX delivery_channel IF NOT EXISTS FOR (n:Delivery) ON (n.channel, n.created_at);
CREATE INDEX delivery_org IF NOT EXISTS FOR (n:Delivery) ON (n.org);
CREATE INDEX delivery_created IF NOT EXISTS FOR (n:Delivery) ON (n.created_at);
