"""A machine over everything of money, with the providers' sandbox as an independent witness."""
