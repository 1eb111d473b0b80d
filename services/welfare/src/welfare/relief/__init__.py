"""Relief: application, home visit, decision by another person, pay-out."""
