"""Wompi Colombia: the API, the checkout page, the signed events."""
