"""Who is on duty when: shifts, whom they need, and the people who do them."""
