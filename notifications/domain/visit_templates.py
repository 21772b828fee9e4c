"""What is said of visits that do not happen, and of what follows for their clients (SPA-10)."""

from notifications.domain.template import Template

_VISIT = frozenset({"service", "starts_at", "timezone"})
_CREDIT = frozenset({"amount", "currency"})

VISITS = (
    Template(
        code="visit_cancelled",
        facts=_VISIT,
        title="Tu cita fue cancelada",
        body="{name}, tu cita de {service} del {when} quedó cancelada.",
        sms="StudioZens: Hola {name}, tu cita de {service} del {when} quedó cancelada.",
        whatsapp_parameters=("name", "service", "when"),
        is_critical=True,
    ),
    Template(
        code="visit_cancelled_credit",
        facts=_VISIT | _CREDIT,
        title="Tu cita fue cancelada",
        body=(
            "{name}, tu cita de {service} del {when} quedó cancelada y abonamos {amount} como "
            "saldo a favor en tu cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, tu cita de {service} del {when} quedó cancelada y abonamos "
            "{amount} como saldo a favor en tu cuenta."
        ),
        whatsapp_parameters=("name", "service", "when", "amount"),
        is_critical=True,
    ),
    Template(
        code="visit_cancelled_late",
        facts=_VISIT | _CREDIT,
        title="Cancelaste fuera de plazo",
        body=(
            "{name}, tu cita de {service} del {when} quedó cancelada fuera de plazo y cuenta como "
            "falta. Saldo a favor: {amount}. Si fue un error, puedes apelar desde tu cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, tu cita de {service} del {when} quedó cancelada fuera de "
            "plazo y cuenta como falta. Saldo a favor: {amount}. Si fue un error, puedes apelar "
            "desde tu cuenta."
        ),
        whatsapp_parameters=("name", "service", "when", "amount"),
        is_critical=True,
    ),
    Template(
        code="visit_missed",
        facts=_VISIT,
        title="No te vimos en tu cita",
        body=(
            "{name}, te esperamos para {service} el {when} y no llegaste: quedó como inasistencia. "
            "Si fue un error, puedes apelar desde tu cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, te esperamos para {service} el {when} y no llegaste: quedó "
            "como inasistencia. Si fue un error, puedes apelar desde tu cuenta."
        ),
        whatsapp_parameters=("name", "service", "when"),
        is_critical=False,
    ),
    Template(
        code="visit_missed_credit",
        facts=_VISIT | _CREDIT,
        title="No te vimos en tu cita",
        body=(
            "{name}, te esperamos para {service} el {when} y no llegaste: quedó como inasistencia "
            "y abonamos {amount} como saldo a favor. Si fue un error, puedes apelar desde tu "
            "cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, te esperamos para {service} el {when} y no llegaste: quedó "
            "como inasistencia y abonamos {amount} como saldo a favor. Si fue un error, puedes "
            "apelar desde tu cuenta."
        ),
        whatsapp_parameters=("name", "service", "when", "amount"),
        is_critical=False,
    ),
    Template(
        code="strike_waived",
        facts=_VISIT,
        title="Perdonamos tu falta",
        body="{name}, la falta por tu cita de {service} del {when} ya no cuenta.",
        sms="StudioZens: Hola {name}, la falta por tu cita de {service} del {when} ya no cuenta.",
        whatsapp_parameters=("name", "service", "when"),
        is_critical=False,
    ),
    Template(
        code="appeal_rejected",
        facts=_VISIT | {"reason"},
        title="Respondimos tu apelación",
        body=(
            "{name}, revisamos tu apelación por la cita de {service} del {when} y la falta se "
            "mantiene. Motivo: {reason}."
        ),
        sms=(
            "StudioZens: Hola {name}, revisamos tu apelación por la cita de {service} del {when} "
            "y la falta se mantiene. Motivo: {reason}."
        ),
        whatsapp_parameters=("name", "service", "when", "reason"),
        is_critical=False,
    ),
    Template(
        code="person_banned",
        facts=frozenset({"reason"}),
        title="Tu cuenta quedó suspendida",
        body=(
            "{name}, suspendimos tu cuenta. Motivo: {reason}. Si crees que es un error, responde "
            "a este mensaje y lo revisamos."
        ),
        sms=(
            "StudioZens: Hola {name}, suspendimos tu cuenta. Motivo: {reason}. Si crees que es un "
            "error, responde a este mensaje y lo revisamos."
        ),
        whatsapp_parameters=("name", "reason"),
        is_critical=True,
    ),
    Template(
        code="ban_lifted",
        facts=frozenset(),
        title="Tu cuenta está activa de nuevo",
        body="{name}, tu cuenta está activa de nuevo. Nos alegra volver a verte.",
        sms="StudioZens: Hola {name}, tu cuenta está activa de nuevo. Nos alegra volver a verte.",
        whatsapp_parameters=("name",),
        is_critical=True,
    ),
)
