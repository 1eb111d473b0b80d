"""Three meetings and one lesson: what each branch held and what is missing, built from who attended."""
