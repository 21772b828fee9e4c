"""Refusals the business can explain. Each app declares its own in `<app>/errors.py`."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

CATALOGUE: dict[str, type["DomainError"]] = {}


class Kind(Enum):
    """What sort of refusal it is; only `core.api.exceptions` knows the HTTP status of each."""

    MALFORMED = "malformed"
    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A stable `code` for machines, a `message` for people, public `facts` for both."""

    code: ClassVar[str]
    kind: ClassVar[Kind]
    message: ClassVar[StrOrPromise]

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts: Mapping[str, Any] = facts

    def __init_subclass__(cls) -> None:
        app = cls.__module__.partition(".")[0].upper()
        prefix = PREFIXES.get(app, app)
        if not re.fullmatch(rf"{prefix}(-[A-Z0-9]+)+", cls.code):
            raise TypeError(f"{cls.__name__}: {cls.code!r} should look like {prefix}-THING-WRONG")
        if CATALOGUE.setdefault(cls.code, cls) is not cls:
            raise TypeError(f"{cls.__name__}: {cls.code!r} already belongs to another error")

    @property
    def detail(self) -> str:
        """The message for the person, with the facts filled in."""
        return str(self.message).format_map(self.facts)


# The requirements ledger's prefixes, where they are not the app's own name.
PREFIXES = {"FINANCES": "FIN", "NOTIFICATIONS": "NOTIF", "MARKETPLACE": "MKT", "CLUBS": "CLUB"}


class IdempotencyKeyMissing(DomainError):
    code = "CORE-IDEMPOTENCY-KEY-MISSING"
    kind = Kind.MALFORMED
    message = _("Esta operación necesita el encabezado Idempotency-Key.")


class IdempotencyKeyMalformed(DomainError):
    code = "CORE-IDEMPOTENCY-KEY-MALFORMED"
    kind = Kind.MALFORMED
    message = _("Idempotency-Key debe tener de 1 a 255 caracteres ASCII visibles.")


class IdempotencyKeyReused(DomainError):
    code = "CORE-IDEMPOTENCY-KEY-REUSED"
    kind = Kind.INVALID
    message = _("Esa Idempotency-Key ya se usó con otra solicitud.")


class IdempotencyInFlight(DomainError):
    code = "CORE-IDEMPOTENCY-IN-FLIGHT"
    kind = Kind.CONFLICT
    message = _("La primera solicitud con esa Idempotency-Key sigue en curso.")


class ProviderUnavailable(DomainError):
    code = "CORE-PROVIDER-UNAVAILABLE"
    kind = Kind.UNAVAILABLE
    message = _("Un servicio externo no responde. Intenta de nuevo en unos minutos.")


class DatabaseAway(DomainError):
    code = "CORE-DATABASE-AWAY"
    kind = Kind.UNAVAILABLE
    message = _("El servicio se está reiniciando. Intenta de nuevo con la misma solicitud.")


class TooManyRequests(DomainError):
    code = "CORE-THROTTLED"
    kind = Kind.THROTTLED
    message = _("Demasiadas solicitudes. Intenta de nuevo en {retry_after} segundos.")


class AddressRefused(DomainError):
    """An address that is not a public https address."""

    code = "CORE-ADDRESS-REFUSED"
    kind = Kind.INVALID
    message = _("Solo se leen direcciones https públicas.")


class FetchFailed(DomainError):
    """The address did not give what was asked for."""

    code = "CORE-FETCH-FAILED"
    kind = Kind.UNAVAILABLE
    message = _("No se pudo leer la dirección: {why}.")


class ImageTooHeavy(DomainError):
    """More bytes than an upload may have."""

    code = "CORE-IMAGE-TOO-HEAVY"
    kind = Kind.INVALID
    message = _("La imagen pesa demasiado: a lo sumo {megabytes} MB.")


class ImageTypeRefused(DomainError):
    """The bytes are those of something else, whatever the file's name says."""

    code = "CORE-IMAGE-TYPE-REFUSED"
    kind = Kind.INVALID
    message = _("Sube una imagen JPEG, PNG o WebP.")


class ImageDimensionsRefused(DomainError):
    """Too small to show, or too large to draw."""

    code = "CORE-IMAGE-DIMENSIONS-REFUSED"
    kind = Kind.INVALID
    message = _(
        "La imagen debe tener entre {shortest} y {longest} píxeles por lado, y a lo sumo "
        "{megapixels} megapíxeles."
    )


class ImageAnimated(DomainError):
    """A picture that moves."""

    code = "CORE-IMAGE-ANIMATED"
    kind = Kind.INVALID
    message = _("Sube una imagen fija, sin animación.")


class ImageBroken(DomainError):
    """It begins like a picture, and cannot be drawn to its end."""

    code = "CORE-IMAGE-BROKEN"
    kind = Kind.INVALID
    message = _("La imagen está dañada o incompleta.")
