"""A month of the studio on a moved clock: who is in it, what they do, and what they were told."""
