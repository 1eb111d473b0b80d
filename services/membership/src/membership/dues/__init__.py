"""Party dues: what each member owes a month, what was paid, what was waived."""
