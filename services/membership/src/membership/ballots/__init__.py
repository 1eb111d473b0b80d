"""Secret ballots of a branch: who was due and who came, and how many votes there were of each kind."""
