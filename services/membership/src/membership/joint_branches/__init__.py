"""Joint branches: which small branches and which enterprises share one Party branch, and since when."""
