"""Two records of one person: finding them, deciding that they are not, and merging them."""
