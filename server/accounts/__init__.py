"""Users, organizations, memberships, teams, roles, invitations: what may be done to them, and how. No GraphQL."""
