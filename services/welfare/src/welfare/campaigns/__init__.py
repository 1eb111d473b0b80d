"""Campaigns: what a body does for families in one season, such as cool drinks in summer and coal in winter."""
