"""Imports: many people from one table, Excel or CSV, all of them or none."""
