"""Refusals of identity. None of them tells whether a phone has an account (NA-05)."""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Kind


class TokenInvalid(DomainError):
    code = "USERS-TOKEN-INVALID"
    kind = Kind.UNAUTHENTICATED
    message = _("El token no es válido.")


class TokenExpired(DomainError):
    code = "USERS-TOKEN-EXPIRED"
    kind = Kind.UNAUTHENTICATED
    message = _("El token venció. Renuévalo o ingresa de nuevo.")


class SessionEnded(DomainError):
    code = "USERS-SESSION-ENDED"
    kind = Kind.UNAUTHENTICATED
    message = _("Esta sesión terminó. Ingresa de nuevo.")


class RefreshReused(DomainError):
    code = "USERS-REFRESH-REUSED"
    kind = Kind.UNAUTHENTICATED
    message = _("Ese token de renovación ya se usó. Por seguridad cerramos la sesión.")


class CredentialsWrong(DomainError):
    code = "USERS-CREDENTIALS-WRONG"
    kind = Kind.UNAUTHENTICATED
    message = _("El teléfono o la contraseña no son correctos.")


class Banned(DomainError):
    code = "USERS-BANNED"
    kind = Kind.FORBIDDEN
    message = _("Tu cuenta está suspendida. Escríbenos si crees que es un error.")


class Inactive(DomainError):
    code = "USERS-INACTIVE"
    kind = Kind.FORBIDDEN
    message = _("Tu cuenta está inactiva.")


class OtpWrong(DomainError):
    code = "USERS-OTP-WRONG"
    kind = Kind.INVALID
    message = _("El código no es correcto o ya venció.")


class OtpLocked(DomainError):
    code = "USERS-OTP-LOCKED"
    kind = Kind.THROTTLED
    message = _("Demasiados códigos errados. Intenta de nuevo en {retry_after} segundos.")


class OtpTooSoon(DomainError):
    code = "USERS-OTP-TOO-SOON"
    kind = Kind.THROTTLED
    message = _("Ya enviamos un código. Puedes pedir otro en {retry_after} segundos.")


class OtpTooMany(DomainError):
    code = "USERS-OTP-TOO-MANY"
    kind = Kind.THROTTLED
    message = _("Se pidieron demasiados códigos. Intenta de nuevo en {retry_after} segundos.")


class PasswordWeak(DomainError):
    code = "USERS-PASSWORD-WEAK"
    kind = Kind.INVALID
    message = _("Esa contraseña no es segura: {reasons}")


class PasswordWrong(DomainError):
    code = "USERS-PASSWORD-WRONG"
    kind = Kind.INVALID
    message = _("La contraseña actual no es correcta.")


class PasswordNotSet(DomainError):
    code = "USERS-PASSWORD-NOT-SET"
    kind = Kind.CONFLICT
    message = _(
        "Tu cuenta no tiene contraseña. Créala con un código, como si la hubieras olvidado."
    )


class EmailTaken(DomainError):
    code = "USERS-EMAIL-TAKEN"
    kind = Kind.CONFLICT
    message = _("Ese correo ya está en otra cuenta.")


class PersonUnknown(DomainError):
    code = "USERS-PERSON-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("Esa persona no existe.")


class SessionUnknown(DomainError):
    code = "USERS-SESSION-UNKNOWN"
    kind = Kind.NOT_FOUND
    message = _("Esa sesión no existe.")


class BanNotAllowed(DomainError):
    code = "USERS-BAN-NOT-ALLOWED"
    kind = Kind.FORBIDDEN
    message = _("No puedes cambiar la situación de esa persona.")


class AlreadyBanned(DomainError):
    code = "USERS-ALREADY-BANNED"
    kind = Kind.CONFLICT
    message = _("Esa persona ya es persona no grata.")


class NotBanned(DomainError):
    code = "USERS-NOT-BANNED"
    kind = Kind.CONFLICT
    message = _("Esa persona no es persona no grata.")
