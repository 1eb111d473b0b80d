"""Schema changes of membership, in their order."""
