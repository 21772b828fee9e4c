"""What is said about money that people at the studio moved by hand, and money that goes back."""

from notifications.domain.template import Template

_ABOUT = frozenset({"amount", "currency", "reason"})

MONEY = (
    Template(
        code="credit_given",
        facts=_ABOUT,
        title="Tienes saldo a favor",
        body="{name}, te abonamos {amount} de saldo a favor en tu cuenta. Motivo: {reason}.",
        sms="StudioZens: Hola {name}, te abonamos {amount} de saldo a favor. Motivo: {reason}.",
        whatsapp_parameters=("name", "amount", "reason"),
        is_critical=False,
    ),
    Template(
        code="credit_taken",
        facts=_ABOUT,
        title="Ajustamos tu saldo a favor",
        body="{name}, descontamos {amount} de tu saldo a favor. Motivo: {reason}.",
        sms="StudioZens: Hola {name}, descontamos {amount} de tu saldo a favor. Motivo: {reason}.",
        whatsapp_parameters=("name", "amount", "reason"),
        is_critical=False,
    ),
    Template(
        code="refund_done",
        facts=_ABOUT | {"way"},
        title="Te devolvimos dinero",
        body="{name}, te devolvimos {amount} {way}. Motivo: {reason}.",
        sms="StudioZens: Hola {name}, te devolvimos {amount} {way}. Motivo: {reason}.",
        whatsapp_parameters=("name", "amount", "way", "reason"),
        is_critical=False,
    ),
    Template(
        code="refund_became_credit",
        facts=_ABOUT,
        title="Tu devolución quedó como saldo a favor",
        body=(
            "{name}, no pudimos devolver {amount} a tu medio de pago y lo tienes como saldo a "
            "favor en tu cuenta. Motivo de la devolución: {reason}."
        ),
        sms=(
            "StudioZens: Hola {name}, no pudimos devolver {amount} a tu medio de pago: quedó como "
            "saldo a favor en tu cuenta. Motivo de la devolución: {reason}."
        ),
        whatsapp_parameters=("name", "amount", "reason"),
        is_critical=False,
    ),
)
