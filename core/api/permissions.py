"""Who may call. Default deny: a view without a permission of its own answers nobody (USERS-12)."""

from typing import TYPE_CHECKING, ClassVar

from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # rest_framework.views imports this module while it is itself imported
    from rest_framework.views import APIView

IsPublic = AllowAny


class DenyAll(BasePermission):
    """What a view gets that forgot to say."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return False


class HasRole(BasePermission):
    """The person's role is one of `roles`."""

    roles: ClassVar[frozenset[str]]

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return getattr(request.user, "role", None) in self.roles


class IsPerson(HasRole):
    """Anybody who is signed in; which rows they see is the selector's business."""

    roles = frozenset({"client", "vip", "staff", "admin"})


class IsStaff(HasRole):
    """Staff and administrators."""

    roles = frozenset({"staff", "admin"})


class IsAdmin(HasRole):
    """Administrators only."""

    roles = frozenset({"admin"})
