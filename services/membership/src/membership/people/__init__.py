"""People: one record for everybody, whichever body they belong to."""
