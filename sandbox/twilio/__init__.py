"""Twilio: SMS (Messages) and one-time codes (Verify)."""
