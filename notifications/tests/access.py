"""Who may call what (read by `studiozens/tests/test_authorisation_matrix.py`)."""

ALLOWED = {
    "GET me/notifications": "people",
    "POST me/notifications/read-all": "people",
    "POST me/notifications/<uuid:notification_id>/read": "people",
    "GET webhooks/whatsapp": "everybody",
    "POST webhooks/whatsapp": "everybody",
    "POST webhooks/twilio/status": "everybody",
}
