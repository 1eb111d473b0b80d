"""What the other services answered to a merge or an erasure, and what is still to come."""
