"""Tables of identity."""

from users.models.session import Session, SessionEnd
from users.models.settings import IdentitySettings
from users.models.user import Role, User
from users.models.verification import Channel, OtpChallenge, Purpose, SendStatus, SignUp

__all__ = [
    "Channel",
    "IdentitySettings",
    "OtpChallenge",
    "Purpose",
    "Role",
    "SendStatus",
    "Session",
    "SessionEnd",
    "SignUp",
    "User",
]
