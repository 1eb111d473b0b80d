"""Case text: sealed at rest, bound to its case and body, and never read without a trace."""
