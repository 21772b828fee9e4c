"""Who may call what (read by `studiozens/tests/test_authorisation_matrix.py`)."""

ALLOWED = {
    "GET payments": "people",
    "GET payments/<uuid:payment_id>": "people",
    "POST payments/<uuid:payment_id>/charge": "people",
    "POST payments/<uuid:payment_id>/retry": "people",
    "GET payment-acceptance": "people",
    "GET pse-banks": "everybody",
    "GET me/credit": "people",
    "GET adjustments": "staff",
    "POST adjustments": "staff",
    "POST adjustments/<uuid:adjustment_id>/approve": "admins",
    "POST adjustments/<uuid:adjustment_id>/reject": "admins",
    "GET cash-shifts": "staff",
    "POST cash-shifts": "staff",
    "GET cash-shifts/current": "staff",
    "GET cash-shifts/<uuid:shift_id>": "staff",
    "POST cash-shifts/<uuid:shift_id>/movements": "staff",
    "POST cash-shifts/<uuid:shift_id>/close": "staff",
    "POST vouchers/check": "people",
    "POST webhooks/wompi": "everybody",
}
