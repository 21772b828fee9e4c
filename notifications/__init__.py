"""Messages to people: what is owed, to whom, over which channel, and whether it arrived."""
