"""The suite's own OpenID provider: staff sign in here once and are known in every service.

OpenID Connect Core 1.0 with the authorization code flow and PKCE (RFC 7636, S256 only), Discovery 1.0, RP-Initiated
Logout 1.0 and Back-Channel Logout 1.0. Accounts and sessions are membership's own (shared.staff).
"""
