"""Democratic appraisal: once a year each branch grades its full members."""
