"""Shapes of identity's requests and answers."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from core.validators import parse_phone
from users.models import Channel, Session, User


@extend_schema_field(OpenApiTypes.STR)
class PhoneField(serializers.CharField):
    """A phone number, given back in E.164; national numbers are read as `DEFAULT_REGION`'s."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def to_internal_value(self, data: Any) -> str:
        """The number. Raises `ValidationError`."""
        text = super().to_internal_value(data)
        try:
            return parse_phone(text, region=settings.DEFAULT_REGION)
        except DjangoValidationError as exc:
            raise serializers.ValidationError(exc.messages, code="phone") from exc


class EmailField(serializers.EmailField):
    """An address in lower case."""

    def to_internal_value(self, data: Any) -> str:
        """The address. Raises `ValidationError`."""
        return str(super().to_internal_value(data)).lower()


class PasswordField(serializers.CharField):
    """A password as typed. Its bounds only keep hashing affordable; the policy judges it later."""

    def __init__(self) -> None:
        super().__init__(max_length=128, trim_whitespace=False, write_only=True)


class CodeField(serializers.RegexField):
    """Six digits, as text: they may start with zero."""

    def __init__(self) -> None:
        super().__init__(r"^[0-9]{6}\Z")


class PhoneInput(InputSerializer):
    phone = PhoneField()
    channel = serializers.ChoiceField(Channel.choices, default=Channel.SMS)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Una clienta nueva",
            value={"phone": "+573001112233", "first_name": "Ana", "last_name": "Ruiz"},
            request_only=True,
        )
    ]
)
class RegisterInput(PhoneInput):
    first_name = serializers.CharField(max_length=80)
    last_name = serializers.CharField(max_length=80)
    email = EmailField(required=False, allow_blank=True, default="")
    password = serializers.CharField(
        max_length=128, trim_whitespace=False, write_only=True, required=False
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "El código que llegó por SMS",
            value={"phone": "+573001112233", "code": "482913"},
            request_only=True,
        )
    ]
)
class VerifyInput(InputSerializer):
    phone = PhoneField()
    code = CodeField()


class TokenInput(InputSerializer):
    phone = PhoneField()
    password = PasswordField()


class RefreshInput(InputSerializer):
    refresh = serializers.CharField(max_length=2000)


class PasswordChangeInput(InputSerializer):
    current_password = PasswordField()
    new_password = PasswordField()


class PasswordResetInput(VerifyInput):
    new_password = PasswordField()


class ProfileInput(InputSerializer):
    first_name = serializers.CharField(max_length=80, required=False)
    last_name = serializers.CharField(max_length=80, required=False)
    email = EmailField(required=False, allow_blank=True)


class NewPersonOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    phone = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    role = serializers.CharField()


class OtpOutput(serializers.Serializer[Any]):
    expires_in = serializers.IntegerField(help_text="Segundos")
    resend_in = serializers.IntegerField(help_text="Segundos")


class RegisteredOutput(serializers.Serializer[Any]):
    user = NewPersonOutput()
    otp = OtpOutput()


class PersonOutput(serializers.ModelSerializer[User]):
    has_password = serializers.BooleanField(source="has_usable_password", read_only=True)

    class Meta:
        model = User
        fields = ["id", "phone", "first_name", "last_name", "email", "role", "has_password"]
        read_only_fields = fields


class TokensOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class AdmissionOutput(TokensOutput):
    user = PersonOutput()


class SessionOutput(serializers.ModelSerializer[Session]):
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = Session
        fields = ["id", "device", "ip", "started_at", "last_seen_at", "is_current"]
        read_only_fields = fields

    def get_is_current(self, session: Session) -> bool:
        """Whether this request was signed by it."""
        return bool(session.pk == self.context["request"].auth.session_id)


class EndedOutput(serializers.Serializer[Any]):
    ended = serializers.IntegerField()
