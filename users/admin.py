"""People and their sessions in the admin site (USERS-12)."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Field, QuerySet
from django.forms import ModelForm, TypedChoiceField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import (
    AdminPasswordChangeForm,
    BaseDialogForm,
    UserChangeForm,
    UserCreationForm,
)
from unfold.widgets import UnfoldAdminTextareaWidget

from core import audit
from core.admin import AuditedAdmin, BusinessSettingsAdmin, ReadOnlyAdmin, act_and_say
from core.outbox import publish
from users.domain.roles import grantable_roles, may_manage
from users.events import AccountClosed
from users.models import IdentitySettings, Role, Session, SessionEnd, User
from users.services.bans import ban_person, welcome_again
from users.services.sessions import end_sessions_as_admin
from users.steps.sessions import end_sessions

# What decides what a person may do: each change of these is audited.
ACCESS = (
    "role",
    "is_active",
    "is_staff",
    "is_superuser",
    "groups",
    "user_permissions",
)
# What only a superuser may hand out, because it is worth as much as being one.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


# A ban is more than a date: sessions end, visits are cancelled. The buttons see to that.
BAN = ("banned_at", "ban_reason", "ban_is_automatic")


class BanForm(BaseDialogForm):
    """Why; the person reads it, and the audit log keeps it."""

    reason = forms.CharField(
        label="Motivo", min_length=3, max_length=200, widget=UnfoldAdminTextareaWidget()
    )


class PersonForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class NewPersonForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("phone", "first_name", "last_name", "role")


@admin.register(User)
class PersonAdmin(BaseUserAdmin, AuditedAdmin):  # type: ignore[type-arg]
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("phone", "full_name", "role", "is_active", "banned_at", "created_at")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("phone", "first_name", "last_name", "email")
    ordering = ("-created_at", "pk")
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("phone", "password")}),
        (_("Persona"), {"fields": ("first_name", "last_name", "email", "phone_verified_at")}),
        (_("Acceso"), {"fields": ("role", "is_active", *BAN, *POWERS)}),
        (_("Fechas"), {"fields": ("created_at", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "phone", "first_name", "last_name", "role",
                    "usable_password", "password1", "password2",
                )
            },
        ),
    )  # fmt: skip

    actions_detail = ("ban", "welcome")

    def has_ban_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may change people; whom exactly, the service says."""
        return _me(request).has_perm("users.change_user")

    @action(
        description=_("Persona no grata"),
        url_path="ban",
        permissions=["ban"],
        icon="block",
        dialog={
            "title": "Declarar persona no grata",
            "description": "Sus sesiones terminan y sus citas futuras se cancelan según la "
            "política. La persona recibe el motivo.",
            "form_class": BanForm,
            "form_submit_text": "Declarar",
        },
    )
    def ban(self, request: HttpRequest, form: BanForm, object_id: str) -> HttpResponse:
        """Not welcome any more."""

        def refuse() -> str:
            ban_person(
                person_id=UUID(object_id),
                reason=form.cleaned_data["reason"],
                actor_id=_me(request).pk,
                now=timezone.now(),
            )
            return str(_("Ya es persona no grata."))

        return act_and_say(self, request, refuse, object_id=object_id)

    @action(
        description=_("Volver a recibir"),
        url_path="welcome",
        permissions=["ban"],
        icon="handshake",
        dialog={
            "title": "Volver a recibir a esta persona",
            "description": "Puede ingresar y reservar de nuevo.",
            "form_class": BanForm,
            "form_submit_text": "Volver a recibir",
        },
    )
    def welcome(self, request: HttpRequest, form: BanForm, object_id: str) -> HttpResponse:
        """Welcome again."""

        def accept() -> str:
            welcome_again(
                person_id=UUID(object_id),
                reason=form.cleaned_data["reason"],
                actor_id=_me(request).pk,
                now=timezone.now(),
            )
            return str(_("Puede volver a reservar."))

        return act_and_say(self, request, accept, object_id=object_id)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Powers belong to superusers; nobody changes their own role."""
        fixed: tuple[str, ...] = ("phone_verified_at", "created_at", "last_login", *BAN)
        if not _me(request).is_superuser:
            fixed = (*fixed, *POWERS)
        if obj is not None and (obj.pk == _me(request).pk or obj.role == Role.VIP):
            fixed = (*fixed, "role")
        return fixed

    def formfield_for_choice_field(
        self, db_field: Field[Any, Any], request: HttpRequest, **options: Any
    ) -> TypedChoiceField | None:
        """Offer the roles this person may give; the form refuses all others."""
        found: TypedChoiceField | None = super().formfield_for_choice_field(
            db_field, request, **options
        )
        if db_field.name == "role" and found is not None:
            me = _me(request)
            allowed = grantable_roles(granter_role=me.role, is_superuser=me.is_superuser)
            found.choices = [choice for choice in Role.choices if choice[0] in allowed]
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never for an account that can do more than one's own."""
        permitted: bool = super().has_change_permission(request, obj)
        if obj is None or not permitted:
            return permitted
        me = _me(request)
        return may_manage(
            role=me.role,
            is_superuser=me.is_superuser,
            other_role=obj.role,
            other_is_superuser=obj.is_superuser,
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are deactivated: what they booked and paid stays theirs."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool
    ) -> None:
        """Store the person and, in the same transaction, who changed their access."""
        super().save_model(request, obj, form, change)
        changed = [name for name in ACCESS if name in form.changed_data]
        if changed or not change:
            facts = {name: _readable(form.cleaned_data.get(name)) for name in changed}
            _note(request, "users.access-changed" if change else "users.person-added", obj, facts)
        if "is_active" in changed and not obj.is_active:
            publish(AccountClosed(person_id=obj.pk, at=timezone.now(), by_id=_me(request).pk))

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,
        form_url: str = "",
    ) -> HttpResponse:
        """Set somebody's password, end their sessions and note who did it."""
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(request, id, form_url)
            if request.method == "POST" and answer.status_code == 302:
                person = User.objects.get(pk=UUID(id))
                end_sessions(
                    user_id=person.pk, reason=SessionEnd.PASSWORD_CHANGED, now=timezone.now()
                )
                _note(request, "users.password-set", person, {})
        return answer


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """A login makes them, and they end; nobody edits one."""

    list_display = ("user", "device", "ip", "started_at", "last_seen_at", "ended_at", "end_reason")
    list_filter = ("end_reason",)
    list_select_related = ("user",)
    search_fields = ("user__phone", "ip")
    ordering = ("-started_at", "pk")
    actions = ("end_selected",)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Who may change sessions may end them."""
        return _me(request).has_perm("users.change_session")

    @admin.action(description=_("Cerrar las sesiones elegidas"), permissions=["end"])
    def end_selected(self, request: HttpRequest, chosen: QuerySet[Session]) -> None:
        """Their tokens stop working at once."""
        ended = end_sessions_as_admin(
            session_ids=list(chosen.values_list("pk", flat=True)),
            actor_id=_me(request).pk,
            now=timezone.now(),
        )
        self.message_user(request, _("Sesiones cerradas: %d") % ended, messages.SUCCESS)


@admin.register(IdentitySettings)
class IdentitySettingsAdmin(BusinessSettingsAdmin):
    """The rules of identity."""


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, AuditedAdmin):  # type: ignore[misc]  # untyped bases
    """A group's permissions are handed out by superusers alone, like any power."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return _me(request).is_superuser

    has_add_permission = has_delete_permission = has_change_permission


def _me(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("the admin site lets in people only")
    return request.user


def _readable(value: Any) -> Any:
    return sorted(str(one) for one in value) if isinstance(value, QuerySet) else value


def _note(request: HttpRequest, action: str, person: User, facts: dict[str, Any]) -> None:
    audit.record(
        action=action,
        subject_kind="users.person",
        subject_id=person.pk,
        actor_id=_me(request).pk,
        now=timezone.now(),
        facts=facts,
    )
