"""Who people are: accounts, one-time codes, sessions, tokens, roles."""
