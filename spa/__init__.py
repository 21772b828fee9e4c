"""What the studio offers and who does it; visits booked on the occupancy ledger."""
