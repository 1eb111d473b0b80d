"""Signing in through an OpenID provider: the one in membership, or the customer's own."""
