"""What is said, in which words, and the facts each message needs (NOTIF-02).

A message is stored as its facts and put into words when it is sent or read. The WhatsApp text is
approved at Meta under the template's name; we send only its parameters, in order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from notifications.domain.money_templates import MONEY
from notifications.domain.series_templates import SERIES
from notifications.domain.spanish import spell_amount, spell_day, spell_moment
from notifications.domain.template import Template
from notifications.domain.visit_templates import VISITS

Facts = Mapping[str, object]
LANGUAGE = "es"


@dataclass(frozen=True, slots=True)
class WhatsAppContent:
    """An approved template's name, its language and the values of `{{1}}`, `{{2}}` and so on."""

    name: str
    language: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message in words, for every channel."""

    title: str
    body: str
    sms: str
    whatsapp: WhatsAppContent


_ALL = (
    Template(
        code="booking_confirmed",
        facts=frozenset({"service", "starts_at", "timezone", "location"}),
        title="Tu cita está confirmada",
        body="{name}, te esperamos para {service} el {when} en {location}.",
        sms=(
            "StudioZens: Hola {name}, tu cita de {service} quedó confirmada para el {when} "
            "en {location}. Te esperamos."
        ),
        whatsapp_parameters=("name", "service", "when", "location"),
        is_critical=True,
    ),
    Template(
        code="hold_expired",
        facts=frozenset({"service", "starts_at", "timezone"}),
        title="Tu reserva venció",
        body=(
            "{name}, no alcanzamos a recibir el anticipo de {service} para el {when} "
            "y el espacio quedó libre. Puedes reservar de nuevo cuando quieras."
        ),
        sms=(
            "StudioZens: Hola {name}, no recibimos el anticipo de {service} para el {when} "
            "y el espacio quedó libre. Puedes reservar de nuevo."
        ),
        whatsapp_parameters=("name", "service", "when"),
        is_critical=True,
    ),
    Template(
        code="booking_moved",
        facts=frozenset({"service", "starts_at", "old_starts_at", "timezone", "location"}),
        title="Tu cita cambió de horario",
        body="{name}, tu cita de {service} del {before} pasó al {when} en {location}.",
        sms=(
            "StudioZens: Hola {name}, tu cita de {service} del {before} pasó al {when} "
            "en {location}."
        ),
        whatsapp_parameters=("name", "service", "before", "when", "location"),
        is_critical=True,
    ),
    Template(
        code="waitlist_offer",
        facts=frozenset({"service", "starts_at", "timezone", "location", "expires_at"}),
        title="Se liberó un horario para ti",
        body=(
            "{name}, se liberó {service} el {when} en {location}. Te lo guardamos hasta el "
            "{deadline}: acéptalo desde tu cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, se liberó {service} el {when} en {location}. "
            "Te lo guardamos hasta el {deadline}. Acéptalo desde tu cuenta."
        ),
        whatsapp_parameters=("name", "service", "when", "location", "deadline"),
        is_critical=True,
    ),
    Template(
        code="reminder_first",
        facts=frozenset({"service", "starts_at", "timezone", "location"}),
        title="Tu cita se acerca",
        body="{name}, te recordamos tu cita de {service} el {when} en {location}.",
        sms=(
            "StudioZens: Hola {name}, te recordamos tu cita de {service} el {when} en {location}."
        ),
        whatsapp_parameters=("name", "service", "when", "location"),
        is_critical=False,
    ),
    Template(
        code="reminder_second",
        facts=frozenset({"service", "starts_at", "timezone", "location"}),
        title="Tu cita empieza pronto",
        body="{name}, tu cita de {service} empieza pronto: el {when} en {location}. Te esperamos.",
        sms=(
            "StudioZens: Hola {name}, tu cita de {service} empieza pronto: el {when} "
            "en {location}. Te esperamos."
        ),
        whatsapp_parameters=("name", "service", "when", "location"),
        is_critical=True,
    ),
    Template(
        code="payment_declined",
        facts=frozenset({"amount", "currency", "service"}),
        title="Tu pago fue rechazado",
        body=(
            "{name}, tu pago de {amount} por {service} fue rechazado. "
            "Intenta con otro medio de pago antes de que venza la reserva."
        ),
        sms=(
            "StudioZens: Hola {name}, tu pago de {amount} por {service} fue rechazado. "
            "Intenta con otro medio de pago antes de que venza la reserva."
        ),
        whatsapp_parameters=("name", "amount", "service"),
        is_critical=True,
    ),
    Template(
        code="payment_credited",
        facts=frozenset({"amount", "currency", "reason"}),
        title="Tienes saldo a favor",
        body=(
            "{name}, recibimos tu pago de {amount} y lo abonamos como saldo a favor en tu cuenta. "
            "Motivo: {reason}."
        ),
        sms=(
            "StudioZens: Hola {name}, recibimos tu pago de {amount} y quedó como saldo a favor "
            "en tu cuenta. Motivo: {reason}."
        ),
        whatsapp_parameters=("name", "amount", "reason"),
        is_critical=False,
    ),
    Template(
        code="package_ready",
        facts=frozenset({"package", "sessions", "code", "last_day"}),
        title="Tu paquete está listo",
        body=(
            "{name}, tu paquete {package} está listo: tienes {sessions} sesiones hasta el "
            "{last_day}. Tu código es {code}."
        ),
        sms=(
            "StudioZens: Hola {name}, tu paquete {package} está listo. Sesiones: {sessions}, "
            "hasta el {last_day}. Código: {code}."
        ),
        whatsapp_parameters=("name", "package", "sessions", "last_day", "code"),
        is_critical=True,
    ),
    Template(
        code="package_ending",
        facts=frozenset({"package", "sessions", "last_day"}),
        title="Tu paquete está por vencer",
        body=(
            "{name}, en tu paquete {package} quedan sesiones por usar: {sessions}. Puedes "
            "reservarlas hasta el {last_day}."
        ),
        sms=(
            "StudioZens: Hola {name}, tu paquete {package} vence el {last_day} y tiene sesiones "
            "por usar: {sessions}. Reserva antes de ese día."
        ),
        whatsapp_parameters=("name", "package", "sessions", "last_day"),
        is_critical=False,
    ),
    Template(
        code="loyalty_reward",
        facts=frozenset({"amount", "currency", "visits"}),
        title="Tienes un premio",
        body=(
            "{name}, completaste {visits} visitas con nosotros y te damos {amount} de saldo a "
            "favor. Gracias por volver."
        ),
        sms=(
            "StudioZens: Hola {name}, por tus {visits} visitas te damos {amount} de saldo a "
            "favor. Gracias por volver."
        ),
        whatsapp_parameters=("name", "visits", "amount"),
        is_critical=False,
    ),
    Template(
        code="credit_ending",
        facts=frozenset({"amount", "currency", "last_day"}),
        title="Tu saldo a favor está por vencer",
        body=(
            "{name}, tienes {amount} de saldo a favor que puedes usar hasta el {last_day}. "
            "Después de ese día vence."
        ),
        sms=(
            "StudioZens: Hola {name}, tu saldo a favor de {amount} vence el {last_day}. "
            "Úsalo antes en tu próxima reserva."
        ),
        whatsapp_parameters=("name", "amount", "last_day"),
        is_critical=False,
    ),
    Template(
        code="class_enrolled",
        facts=frozenset({"service", "starts_at", "timezone", "location"}),
        title="Tienes tu cupo",
        body="{name}, tienes tu cupo en {service} el {when} en {location}.",
        sms="StudioZens: Hola {name}, tienes tu cupo en {service} el {when} en {location}.",
        whatsapp_parameters=("name", "service", "when", "location"),
        is_critical=True,
    ),
    Template(
        code="class_seat_offer",
        facts=frozenset({"service", "starts_at", "timezone", "location", "expires_at"}),
        title="Se liberó un cupo",
        body=(
            "{name}, se liberó un cupo en {service} el {when} en {location}. Te lo guardamos "
            "hasta el {deadline}: inscríbete desde tu cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, se liberó un cupo en {service} el {when} en {location}. "
            "Te lo guardamos hasta el {deadline}. Inscríbete desde tu cuenta."
        ),
        whatsapp_parameters=("name", "service", "when", "location", "deadline"),
        is_critical=True,
    ),
    Template(
        code="class_cancelled",
        facts=frozenset({"service", "starts_at", "timezone", "location"}),
        title="Cancelamos una clase",
        body=(
            "{name}, tuvimos que cancelar {service} del {when} en {location}. Si pagaste o usaste "
            "una sesión de un paquete, ya está de nuevo en tu cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, tuvimos que cancelar {service} del {when} en {location}. "
            "Lo que pagaste ya está de nuevo en tu cuenta."
        ),
        whatsapp_parameters=("name", "service", "when", "location"),
        is_critical=True,
    ),
    Template(
        code="class_instructor_changed",
        facts=frozenset({"service", "starts_at", "timezone", "instructor"}),
        title="Cambio de instructor",
        body="{name}, {service} del {when} la dictará {instructor}. Tu cupo sigue igual.",
        sms=(
            "StudioZens: Hola {name}, {service} del {when} la dictará {instructor}. "
            "Tu cupo sigue igual."
        ),
        whatsapp_parameters=("name", "service", "when", "instructor"),
        is_critical=False,
    ),
)
TEMPLATES: Mapping[str, Template] = {
    template.code: template for template in (*_ALL, *MONEY, *SERIES, *VISITS)
}


def check_facts(code: str, facts: Facts) -> None:
    """Raise `ValueError` unless `code` is known and has exactly its facts, each readable."""
    template = _template(code)
    if set(facts) != template.facts:
        wanted = ", ".join(sorted(template.facts))
        raise ValueError(f"{code} takes exactly the facts {wanted}, not {', '.join(sorted(facts))}")
    render(code, facts, name="")


def render(code: str, facts: Facts, *, name: str) -> Rendered:
    """The message for a person called `name`. Raises `ValueError` when the facts do not fit it."""
    template = _template(code)
    words = _words(template, facts, name)
    parameters = tuple(words[key] for key in template.whatsapp_parameters)
    return Rendered(
        title=template.title,
        body=template.body.format_map(words),
        sms=template.sms.format_map(words),
        whatsapp=WhatsAppContent(template.code, LANGUAGE, parameters),
    )


def _template(code: str) -> Template:
    if code not in TEMPLATES:
        raise ValueError(f"{code!r} is no template")
    return TEMPLATES[code]


def _words(template: Template, facts: Facts, name: str) -> dict[str, str]:
    words = {key: fact for key in template.facts if isinstance(fact := facts.get(key), str)}
    if missing := template.facts - set(words):
        raise ValueError(f"{template.code} lacks the text of {', '.join(sorted(missing))}")
    words["name"] = name
    try:
        if "starts_at" in words:
            words["when"] = spell_moment(words["starts_at"], words["timezone"])
        if "old_starts_at" in words:
            words["before"] = spell_moment(words["old_starts_at"], words["timezone"])
        if "expires_at" in words:
            words["deadline"] = spell_moment(words["expires_at"], words["timezone"])
        if "last_day" in words:
            words["last_day"] = spell_day(words["last_day"])
        if "amount" in words:
            words["amount"] = spell_amount(words["amount"], words["currency"])
    except (ArithmeticError, LookupError) as exc:  # a number or a zone that nobody can read
        raise ValueError(f"{template.code}: {exc!r}") from exc
    return {key: _one_line(word) for key, word in words.items()}


def _one_line(word: str) -> str:
    """Meta refuses empty parameters, line breaks, tabs and runs of spaces (A2)."""
    return " ".join(word.split()) or "-"
