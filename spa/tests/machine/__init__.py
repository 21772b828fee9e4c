"""A machine that drives the whole studio: everything that people, money and the clock may do."""
