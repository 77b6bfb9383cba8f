"""Signing in by OpenID Connect: the authorization code flow with PKCE, at any provider that has discovery."""
