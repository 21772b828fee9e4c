"""A believable studio in Bogotá to try everything with. Loading it twice changes nothing."""
