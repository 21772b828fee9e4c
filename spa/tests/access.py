"""Who may call what (read by `studiozens/tests/test_authorisation_matrix.py`)."""

ALLOWED = {
    "GET locations": "everybody",
    "GET service-categories": "everybody",
    "GET services": "everybody",
    "GET staff": "everybody",
    "GET availability": "everybody",
    "GET appointments": "people",
    "POST appointments": "people",
    "GET appointments/<uuid:appointment_id>": "people",
}
