"""Tables of identity."""

from users.models.user import Role, User

__all__ = ["Role", "User"]
