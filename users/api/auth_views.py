"""`/api/v1/auth/…`: who are you."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPerson, IsPublic
from core.selectors.settings import get_settings
from users import errors
from users.api import serializers as shapes
from users.api.requests import LimitedByPhone, device_of
from users.models import IdentitySettings, Purpose, Role, SessionEnd
from users.services.one_time_codes import request_code
from users.services.passwords import change_password, sign_in_with_password
from users.services.registration import register
from users.services.sessions import end_all_sessions, end_session, refresh_session
from users.services.verification import reset_password, sign_in_with_code
from users.steps.admission import Admission
from users.types import AuthenticatedRequest

TAG = ["Identidad"]
# What the doors may answer besides letting somebody in.
ASKING = (errors.OtpLocked, errors.OtpTooSoon, errors.OtpTooMany)
GUESSING = (errors.OtpWrong, errors.OtpLocked)
BARRED = (errors.Banned, errors.Inactive)
ENDED = (errors.TokenInvalid, errors.TokenExpired, errors.SessionEnded, errors.RefreshReused)


class RegisterView(LimitedByPhone, APIView):
    permission_classes = [IsPublic]
    throttle_scope = "otp_request"
    refusals = {"POST": (errors.PasswordWeak, *ASKING)}

    @extend_schema(
        tags=TAG, summary="Registrarse con el teléfono",
        request=shapes.RegisterInput, responses={201: shapes.RegisteredOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Envía un código al teléfono; la cuenta existe cuando `auth/otp/verify` lo confirma."""
        given = shapes.RegisterInput.parse(request.data)
        ip = device_of(request).ip
        given.setdefault("password", None)
        person_id = register(**given, ip=ip, now=timezone.now())
        user = {
            "id": person_id,
            "phone": given["phone"],
            "first_name": given["first_name"],
            "last_name": given["last_name"],
            "role": Role.CLIENT.value,
        }
        return Response({"user": user, "otp": _waits()}, 201)


class OtpRequestView(LimitedByPhone, APIView):
    permission_classes = [IsPublic]
    throttle_scope = "otp_request"
    refusals = {"POST": ASKING}

    @extend_schema(
        tags=TAG, summary="Pedir un código de ingreso",
        request=shapes.PhoneInput, responses={200: shapes.OtpOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """La respuesta es la misma si el teléfono tiene cuenta o no."""
        _request_code(request, Purpose.SIGN_IN)
        return Response(_waits())


class OtpVerifyView(LimitedByPhone, APIView):
    permission_classes = [IsPublic]
    throttle_scope = "otp_verify"
    refusals = {"POST": (*GUESSING, *BARRED)}

    @extend_schema(
        tags=TAG, summary="Ingresar con un código",
        request=shapes.VerifyInput, responses={200: shapes.AdmissionOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Confirma el teléfono y abre una sesión."""
        given = shapes.VerifyInput.parse(request.data)
        admission = sign_in_with_code(**given, device=device_of(request), now=timezone.now())
        return Response(_admitted(admission))


class TokenView(LimitedByPhone, APIView):
    permission_classes = [IsPublic]
    throttle_scope = "login"
    refusals = {"POST": (errors.CredentialsWrong, *BARRED)}

    @extend_schema(
        tags=TAG, summary="Ingresar con contraseña",
        request=shapes.TokenInput, responses={200: shapes.AdmissionOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Abre una sesión."""
        given = shapes.TokenInput.parse(request.data)
        admission = sign_in_with_password(**given, device=device_of(request), now=timezone.now())
        return Response(_admitted(admission))


class RefreshView(APIView):
    permission_classes = [IsPublic]
    throttle_scope = "anonymous"
    refusals = {"POST": (*ENDED, *BARRED)}

    @extend_schema(
        tags=TAG, summary="Renovar los tokens",
        request=shapes.RefreshInput, responses={200: shapes.TokensOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Cada token de renovación sirve una vez; repetirlo cierra la sesión."""
        given = shapes.RefreshInput.parse(request.data)
        pair = refresh_session(
            token=given["refresh"], device=device_of(request), now=timezone.now()
        )
        return Response({"access": pair.access, "refresh": pair.refresh})


class LogoutView(APIView):
    permission_classes = [IsPerson]
    throttle_scope = "user"

    @extend_schema(tags=TAG, summary="Cerrar esta sesión", request=None, responses={204: None})
    def post(self, request: AuthenticatedRequest) -> Response:
        """Sus tokens dejan de servir al instante."""
        end_session(
            person_id=request.user.pk,
            session_id=request.auth.session_id,
            reason=SessionEnd.LOGOUT,
            now=timezone.now(),
        )
        return Response(status=204)


class LogoutAllView(APIView):
    permission_classes = [IsPerson]
    throttle_scope = "user"

    @extend_schema(
        tags=TAG, summary="Cerrar todas mis sesiones", request=None, responses={204: None}
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """También esta."""
        end_all_sessions(person_id=request.user.pk, now=timezone.now())
        return Response(status=204)


class PasswordChangeView(APIView):
    permission_classes = [IsPerson]
    throttle_scope = "login"
    refusals = {"POST": (errors.PasswordWrong, errors.PasswordNotSet, errors.PasswordWeak)}

    @extend_schema(
        tags=TAG, summary="Cambiar mi contraseña",
        request=shapes.PasswordChangeInput, responses={204: None},
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest) -> Response:
        """Cierra las demás sesiones."""
        given = shapes.PasswordChangeInput.parse(request.data)
        change_password(
            person=request.user,
            session_id=request.auth.session_id,
            current=given["current_password"],
            password=given["new_password"],
            now=timezone.now(),
        )
        return Response(status=204)


class PasswordResetRequestView(LimitedByPhone, APIView):
    permission_classes = [IsPublic]
    throttle_scope = "password_reset"
    refusals = {"POST": ASKING}

    @extend_schema(
        tags=TAG, summary="Pedir un código para crear otra contraseña",
        request=shapes.PhoneInput, responses={200: shapes.OtpOutput},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """La respuesta es la misma si el teléfono tiene cuenta o no."""
        _request_code(request, Purpose.RESET)
        return Response(_waits())


class PasswordResetConfirmView(LimitedByPhone, APIView):
    permission_classes = [IsPublic]
    throttle_scope = "otp_verify"
    refusals = {"POST": (errors.PasswordWeak, *GUESSING, *BARRED)}

    @extend_schema(
        tags=TAG, summary="Crear otra contraseña con un código",
        request=shapes.PasswordResetInput, responses={204: None},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Cierra todas las sesiones."""
        given = shapes.PasswordResetInput.parse(request.data)
        reset_password(
            phone=given["phone"],
            code=given["code"],
            password=given["new_password"],
            device=device_of(request),
            now=timezone.now(),
        )
        return Response(status=204)


def _request_code(request: Request, purpose: Purpose) -> None:
    given = shapes.PhoneInput.parse(request.data)
    request_code(**given, purpose=purpose, ip=device_of(request).ip, now=timezone.now())


def _waits() -> dict[str, int]:
    rules = get_settings(IdentitySettings)
    return {"expires_in": rules.otp_seconds, "resend_in": rules.otp_resend_seconds}


def _admitted(admission: Admission) -> dict[str, Any]:
    return {
        "access": admission.tokens.access,
        "refresh": admission.tokens.refresh,
        "user": shapes.PersonOutput(admission.person).data,
    }
