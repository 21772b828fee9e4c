"""What is said about series of visits: one message for all of their visits (SPA-20)."""

from notifications.domain.template import Template

_ABOUT = frozenset({"service", "visits", "starts_at", "timezone", "location"})

SERIES = (
    Template(
        code="series_booked",
        facts=_ABOUT | {"terms"},
        title="Tu serie está reservada",
        body=(
            "{name}, tu serie de {service} está reservada: {visits} citas, la primera el {when} "
            "en {location}. {terms}"
        ),
        sms=(
            "StudioZens: Hola {name}, tu serie de {service} está reservada: {visits} citas, la "
            "primera el {when} en {location}. {terms}"
        ),
        whatsapp_parameters=("name", "service", "visits", "when", "location", "terms"),
        is_critical=True,
    ),
    Template(
        code="series_expired",
        facts=_ABOUT - {"location"},
        title="Tu serie venció",
        body=(
            "{name}, no alcanzamos a recibir el pago de tu serie de {service} ({visits} citas "
            "desde el {when}) y los espacios quedaron libres. Puedes reservar de nuevo."
        ),
        sms=(
            "StudioZens: Hola {name}, no recibimos el pago de tu serie de {service} ({visits} "
            "citas desde el {when}) y los espacios quedaron libres. Puedes reservar de nuevo."
        ),
        whatsapp_parameters=("name", "service", "visits", "when"),
        is_critical=True,
    ),
    Template(
        code="series_moved",
        facts=_ABOUT,
        title="Tu serie cambió",
        body=(
            "{name}, cambiamos {visits} citas de tu serie de {service}. La primera es ahora el "
            "{when} en {location}; en tu cuenta están todas."
        ),
        sms=(
            "StudioZens: Hola {name}, cambiamos {visits} citas de tu serie de {service}. La "
            "primera es ahora el {when} en {location}."
        ),
        whatsapp_parameters=("name", "visits", "service", "when", "location"),
        is_critical=True,
    ),
    Template(
        code="series_cancelled",
        facts=_ABOUT - {"location"} | {"amount", "currency"},
        title="Cancelamos citas de tu serie",
        body=(
            "{name}, de tu serie de {service} quedaron canceladas {visits} citas a partir del "
            "{when}, con {amount} de saldo a favor."
        ),
        sms=(
            "StudioZens: Hola {name}, de tu serie de {service} quedaron canceladas {visits} "
            "citas a partir del {when}, con {amount} de saldo a favor."
        ),
        whatsapp_parameters=("name", "service", "visits", "when", "amount"),
        is_critical=True,
    ),
    Template(
        code="series_deposit_due",
        facts=frozenset({"service", "starts_at", "timezone", "amount", "currency", "expires_at"}),
        title="Paga el anticipo de tu próxima cita",
        body=(
            "{name}, tu cita de {service} del {when} espera su anticipo de {amount}: págalo antes "
            "del {deadline} para conservarla."
        ),
        sms=(
            "StudioZens: Hola {name}, tu cita de {service} del {when} espera su anticipo de "
            "{amount}: págalo antes del {deadline} para conservarla."
        ),
        whatsapp_parameters=("name", "service", "when", "amount", "deadline"),
        is_critical=True,
    ),
)
