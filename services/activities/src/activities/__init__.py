"""Activities: from the announcement, over a place and a waiting list, to who was there."""
