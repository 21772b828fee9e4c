"""What is counted about identity (CORE-10)."""

from prometheus_client import Counter

CODES_REQUESTED = Counter(
    "studiozens_otp_requested_total", "One-time codes people asked for", ["purpose"]
)
CODES_SENT = Counter(
    "studiozens_otp_sent_total", "What became of sending them", ["channel", "outcome"]
)
CODES_CHECKED = Counter(
    "studiozens_otp_checked_total", "Guesses the provider judged", ["purpose", "outcome"]
)
SIGN_INS = Counter("studiozens_sign_ins_total", "People at the door", ["way", "outcome"])
