"""Who may call what (read by `studiozens/tests/test_authorisation_matrix.py`)."""

ALLOWED = {
    "GET payments": "people",
    "GET payments/<uuid:payment_id>": "people",
    "GET me/credit": "people",
    "POST vouchers/check": "people",
    "POST webhooks/wompi": "everybody",
}
