"""Migrations of the shared tables: a branch of their own in each service's database."""
