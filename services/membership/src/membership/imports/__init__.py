"""Imports: many people from one CSV file, all of them or none."""
