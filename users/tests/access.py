"""Who may call what (read by `studiozens/tests/test_authorisation_matrix.py`)."""

ALLOWED = {
    "POST auth/register": "everybody",
    "POST auth/otp/request": "everybody",
    "POST auth/otp/verify": "everybody",
    "POST auth/token": "everybody",
    "POST auth/token/refresh": "everybody",
    "POST auth/logout": "people",
    "POST auth/logout-all": "people",
    "POST auth/password/change": "people",
    "POST auth/password/reset/request": "everybody",
    "POST auth/password/reset/confirm": "everybody",
    "GET me": "people",
    "PATCH me": "people",
    "GET me/sessions": "people",
    "DELETE me/sessions/<uuid:session_id>": "people",
    "POST users/<uuid:person_id>/sessions/end": "admins",
    "POST users/<uuid:person_id>/ban": "admins",
    "POST users/<uuid:person_id>/lift-ban": "admins",
}
