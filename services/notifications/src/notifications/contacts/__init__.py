"""Who can be reached how: the read model of membership's contact details."""
