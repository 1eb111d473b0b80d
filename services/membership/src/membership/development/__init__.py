"""The way into the Party: a file with steps, papers and reviews, judged by the rules in force on each step's day."""
