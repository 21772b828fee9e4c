"""What is said, word by word."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.domain.masking import mask_phone
from notifications.domain.spanish import spell_amount, spell_moment
from notifications.domain.templates import TEMPLATES, check_facts, render
from notifications.tests.conftest import FACTS

APPROVED = Path(__file__).parents[2] / "sandbox" / "whatsapp" / "templates.json"


@pytest.mark.parametrize(
    ("instant", "zone", "words"),
    [
        ("2026-12-01T15:00:00+00:00", "America/Bogota", "martes 1 de diciembre, 10:00 a. m."),
        ("2026-12-01T05:00:00+00:00", "America/Bogota", "martes 1 de diciembre, 12:00 a. m."),
        ("2026-12-01T17:05:00+00:00", "America/Bogota", "martes 1 de diciembre, 12:05 p. m."),
        ("2026-03-08T01:30:00-05:00", "America/Bogota", "domingo 8 de marzo, 1:30 a. m."),
        ("2026-07-01T12:00:00+00:00", "Europe/Madrid", "miércoles 1 de julio, 2:00 p. m."),
    ],
)
def test_a_moment_is_told_on_the_wall_clock_of_its_place(
    instant: str, zone: str, words: str
) -> None:
    assert spell_moment(instant, zone) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("48000.00", "COP", "$ 48.000"),
        ("1250000", "COP", "$ 1.250.000"),
        ("0.00", "COP", "$ 0"),
        ("48.50", "USD", "USD 48,50"),
        ("1048.00", "USD", "USD 1.048,00"),
    ],
)
def test_an_amount_is_told_as_colombians_write_it(amount: str, currency: str, words: str) -> None:
    assert spell_amount(amount, currency) == words


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_no_amount_loses_a_digit_when_told(amount: Decimal) -> None:
    told = spell_amount(str(amount), "USD").removeprefix("USD ")

    assert Decimal(told.replace(".", "").replace(",", ".")) == amount


TOLD = {
    "booking_confirmed": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "Chapinero"),
        "Ana, te esperamos para Masaje relajante el martes 1 de diciembre, 10:00 a. m."
        " en Chapinero.",
    ),
    "hold_expired": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m."),
        "Ana, no alcanzamos a recibir el anticipo de Masaje relajante para el martes 1 de"
        " diciembre, 10:00 a. m. y el espacio quedó libre. Puedes reservar de nuevo"
        " cuando quieras.",
    ),
    "booking_moved": (
        (
            "Ana",
            "Masaje relajante",
            "lunes 30 de noviembre, 3:00 p. m.",
            "martes 1 de diciembre, 10:00 a. m.",
            "Chapinero",
        ),
        "Ana, tu cita de Masaje relajante del lunes 30 de noviembre, 3:00 p. m. pasó al martes 1"
        " de diciembre, 10:00 a. m. en Chapinero.",
    ),
    "waitlist_offer": (
        (
            "Ana",
            "Masaje relajante",
            "martes 1 de diciembre, 10:00 a. m.",
            "Chapinero",
            "lunes 30 de noviembre, 3:00 p. m.",
        ),
        "Ana, se liberó Masaje relajante el martes 1 de diciembre, 10:00 a. m. en Chapinero. Te lo"
        " guardamos hasta el lunes 30 de noviembre, 3:00 p. m.: acéptalo desde tu cuenta.",
    ),
    "reminder_first": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "Chapinero"),
        "Ana, te recordamos tu cita de Masaje relajante el martes 1 de diciembre, 10:00 a. m."
        " en Chapinero.",
    ),
    "reminder_second": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "Chapinero"),
        "Ana, tu cita de Masaje relajante empieza pronto: el martes 1 de diciembre, 10:00 a. m."
        " en Chapinero. Te esperamos.",
    ),
    "class_enrolled": (
        ("Ana", "Yoga suave", "martes 1 de diciembre, 10:00 a. m.", "Chapinero"),
        "Ana, tienes tu cupo en Yoga suave el martes 1 de diciembre, 10:00 a. m. en Chapinero.",
    ),
    "class_seat_offer": (
        (
            "Ana",
            "Yoga suave",
            "martes 1 de diciembre, 10:00 a. m.",
            "Chapinero",
            "lunes 30 de noviembre, 3:00 p. m.",
        ),
        "Ana, se liberó un cupo en Yoga suave el martes 1 de diciembre, 10:00 a. m. en Chapinero."
        " Te lo guardamos hasta el lunes 30 de noviembre, 3:00 p. m.: inscríbete desde tu cuenta.",
    ),
    "class_cancelled": (
        ("Ana", "Yoga suave", "martes 1 de diciembre, 10:00 a. m.", "Chapinero"),
        "Ana, tuvimos que cancelar Yoga suave del martes 1 de diciembre, 10:00 a. m. en Chapinero."
        " Si pagaste o usaste una sesión de un paquete, ya está de nuevo en tu cuenta.",
    ),
    "class_instructor_changed": (
        ("Ana", "Yoga suave", "martes 1 de diciembre, 10:00 a. m.", "Luz"),
        "Ana, Yoga suave del martes 1 de diciembre, 10:00 a. m. la dictará Luz. Tu cupo sigue"
        " igual.",
    ),
    "payment_declined": (
        ("Ana", "$ 48.000", "Masaje relajante"),
        "Ana, tu pago de $ 48.000 por Masaje relajante fue rechazado. Intenta con otro medio de"
        " pago antes de que venza la reserva.",
    ),
    "payment_credited": (
        ("Ana", "$ 48.000", "el espacio ya estaba ocupado"),
        "Ana, recibimos tu pago de $ 48.000 y lo abonamos como saldo a favor en tu cuenta. Motivo:"
        " el espacio ya estaba ocupado.",
    ),
    "package_ready": (
        ("Ana", "Cinco masajes", "5", "martes 1 de diciembre de 2026", "7K2M9QXT4B"),
        "Ana, tu paquete Cinco masajes está listo: tienes 5 sesiones hasta el martes 1 de"
        " diciembre de 2026. Tu código es 7K2M9QXT4B.",
    ),
    "package_ending": (
        ("Ana", "Cinco masajes", "2", "martes 1 de diciembre de 2026"),
        "Ana, en tu paquete Cinco masajes quedan sesiones por usar: 2. Puedes reservarlas hasta el"
        " martes 1 de diciembre de 2026.",
    ),
    "loyalty_reward": (
        ("Ana", "10", "$ 48.000"),
        "Ana, completaste 10 visitas con nosotros y te damos $ 48.000 de saldo a favor. Gracias"
        " por volver.",
    ),
    "credit_ending": (
        ("Ana", "$ 48.000", "martes 1 de diciembre de 2026"),
        "Ana, tienes $ 48.000 de saldo a favor que puedes usar hasta el martes 1 de diciembre de"
        " 2026. Después de ese día vence.",
    ),
    "credit_given": (
        ("Ana", "$ 48.000", "una demora"),
        "Ana, te abonamos $ 48.000 de saldo a favor en tu cuenta. Motivo: una demora.",
    ),
    "credit_taken": (
        ("Ana", "$ 48.000", "un abono repetido"),
        "Ana, descontamos $ 48.000 de tu saldo a favor. Motivo: un abono repetido.",
    ),
    "subscription_paid": (
        ("Ana", "$ 90.000", "Oro", "jueves 31 de diciembre de 2026"),
        "Ana, recibimos $ 90.000 por tu membresía Oro. Está paga hasta el jueves 31 de"
        " diciembre de 2026.",
    ),
    "subscription_declined": (
        ("Ana", "$ 90.000", "Oro"),
        "Ana, tu medio de pago no aceptó el cobro de $ 90.000 de la membresía Oro. Revísalo"
        " o guarda otro en tu cuenta.",
    ),
    "subscription_past_due": (
        ("Ana", "Oro", "jueves 31 de diciembre de 2026", "$ 90.000"),
        "Ana, tu membresía Oro estaba paga hasta el jueves 31 de diciembre de 2026. Paga $"
        " 90.000 en los próximos días para no perderla.",
    ),
    "subscription_cancelled": (
        ("Ana", "Oro", "jueves 31 de diciembre de 2026"),
        "Ana, no cobraremos más tu membresía Oro. Sus beneficios siguen hasta el jueves 31"
        " de diciembre de 2026 y hasta ese día puedes reactivarla.",
    ),
    "subscription_reactivated": (
        ("Ana", "Oro", "jueves 31 de diciembre de 2026", "$ 90.000"),
        "Ana, reactivaste tu membresía Oro. Está paga hasta el jueves 31 de diciembre de"
        " 2026 y después se cobra $ 90.000 cada mes.",
    ),
    "subscription_plan_changed": (
        ("Ana", "Oro", "$ 90.000"),
        "Ana, tu membresía es ahora Oro, de $ 90.000 por mes.",
    ),
    "subscription_ended": (
        ("Ana", "Oro"),
        "Ana, tu membresía Oro terminó. Puedes suscribirte de nuevo cuando quieras.",
    ),
    "refund_done": (
        ("Ana", "$ 48.000", "en efectivo", "una demora"),
        "Ana, te devolvimos $ 48.000 en efectivo. Motivo: una demora.",
    ),
    "refund_became_credit": (
        ("Ana", "$ 48.000", "una demora"),
        "Ana, no pudimos devolver $ 48.000 a tu medio de pago y lo tienes como saldo a favor en"
        " tu cuenta. Motivo de la devolución: una demora.",
    ),
    "refund_came_back": (
        ("Ana", "$ 48.000", "una demora"),
        "Ana, el banco no recibió los $ 48.000 que te consignamos y los tienes como saldo a favor"
        " en tu cuenta. Motivo de la devolución: una demora.",
    ),
    "payout_paid": (
        ("Ana", "$ 48.000", "••••5678"),
        "Ana, consignamos $ 48.000 en tu cuenta ••••5678.",
    ),
    "payout_failed": (
        ("Ana", "$ 48.000", "••••5678"),
        "Ana, no pudimos consignar $ 48.000 en tu cuenta ••••5678. El dinero sigue siendo tuyo y"
        " va en el próximo pago. Confirma en administración que la cuenta está bien.",
    ),
    "voucher_given": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre de 2026", "7K2M9QXT4B", "un premio"),
        "Ana, te regalamos Masaje relajante: reserva hasta el martes 1 de diciembre de 2026 con el"
        " código 7K2M9QXT4B. Motivo: un premio.",
    ),
    "books_differ": (
        ("Ana", "lunes 7 de diciembre de 2026", "2"),
        "Ana, la conciliación del lunes 7 de diciembre de 2026 encontró 2 diferencias con la "
        "pasarela o con los pagos a terceros. Revísalas en la administración.",
    ),
    "visit_cancelled": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m."),
        "Ana, tu cita de Masaje relajante del martes 1 de diciembre, 10:00 a. m. quedó cancelada.",
    ),
    "visit_cancelled_credit": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "$ 48.000"),
        "Ana, tu cita de Masaje relajante del martes 1 de diciembre, 10:00 a. m. quedó cancelada"
        " y abonamos $ 48.000 como saldo a favor en tu cuenta.",
    ),
    "visit_cancelled_late": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "$ 0"),
        "Ana, tu cita de Masaje relajante del martes 1 de diciembre, 10:00 a. m. quedó cancelada"
        " fuera de plazo y cuenta como falta. Saldo a favor: $ 0. Si fue un error, puedes apelar"
        " desde tu cuenta.",
    ),
    "visit_missed": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m."),
        "Ana, te esperamos para Masaje relajante el martes 1 de diciembre, 10:00 a. m. y no"
        " llegaste: quedó como inasistencia. Si fue un error, puedes apelar desde tu cuenta.",
    ),
    "visit_missed_credit": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "$ 48.000"),
        "Ana, te esperamos para Masaje relajante el martes 1 de diciembre, 10:00 a. m. y no"
        " llegaste: quedó como inasistencia y abonamos $ 48.000 como saldo a favor. Si fue un"
        " error, puedes apelar desde tu cuenta.",
    ),
    "strike_waived": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m."),
        "Ana, la falta por tu cita de Masaje relajante del martes 1 de diciembre, 10:00 a. m. ya"
        " no cuenta.",
    ),
    "appeal_rejected": (
        ("Ana", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "no llegaste a tiempo"),
        "Ana, revisamos tu apelación por la cita de Masaje relajante del martes 1 de diciembre,"
        " 10:00 a. m. y la falta se mantiene. Motivo: no llegaste a tiempo.",
    ),
    "person_banned": (
        ("Ana", "no llegaste a tiempo"),
        "Ana, suspendimos tu cuenta. Motivo: no llegaste a tiempo. Si crees que es un error,"
        " responde a este mensaje y lo revisamos.",
    ),
    "ban_lifted": (
        ("Ana",),
        "Ana, tu cuenta está activa de nuevo. Nos alegra volver a verte.",
    ),
    "series_booked": (
        (
            "Ana",
            "Masaje relajante",
            "10",
            "martes 1 de diciembre, 10:00 a. m.",
            "Chapinero",
            "Todas están confirmadas.",
        ),
        "Ana, tu serie de Masaje relajante está reservada: 10 citas, la primera el martes 1 de"
        " diciembre, 10:00 a. m. en Chapinero. Todas están confirmadas.",
    ),
    "series_expired": (
        ("Ana", "Masaje relajante", "10", "martes 1 de diciembre, 10:00 a. m."),
        "Ana, no alcanzamos a recibir el pago de tu serie de Masaje relajante (10 citas desde el"
        " martes 1 de diciembre, 10:00 a. m.) y los espacios quedaron libres. Puedes reservar de"
        " nuevo.",
    ),
    "series_moved": (
        ("Ana", "10", "Masaje relajante", "martes 1 de diciembre, 10:00 a. m.", "Chapinero"),
        "Ana, cambiamos 10 citas de tu serie de Masaje relajante. La primera es ahora el martes 1"
        " de diciembre, 10:00 a. m. en Chapinero; en tu cuenta están todas.",
    ),
    "series_cancelled": (
        ("Ana", "Masaje relajante", "10", "martes 1 de diciembre, 10:00 a. m.", "$ 96.000"),
        "Ana, de tu serie de Masaje relajante quedaron canceladas 10 citas a partir del martes 1"
        " de diciembre, 10:00 a. m., con $ 96.000 de saldo a favor.",
    ),
    "series_deposit_due": (
        (
            "Ana",
            "Masaje relajante",
            "martes 1 de diciembre, 10:00 a. m.",
            "$ 48.000",
            "domingo 29 de noviembre, 10:00 a. m.",
        ),
        "Ana, tu cita de Masaje relajante del martes 1 de diciembre, 10:00 a. m. espera su"
        " anticipo de $ 48.000: págalo antes del domingo 29 de noviembre, 10:00 a. m. para"
        " conservarla.",
    ),
}


@pytest.mark.parametrize("code", sorted(TEMPLATES))
def test_each_template_says_what_it_should(code: str) -> None:
    parameters, body = TOLD[code]

    message = render(code, FACTS[code], name="Ana")

    assert message.whatsapp.parameters == parameters
    assert (message.whatsapp.name, message.whatsapp.language) == (code, "es")
    assert message.body == body
    assert message.sms.startswith("StudioZens: Hola Ana, ")
    assert len(message.sms) <= 1600


def test_every_template_is_one_that_was_approved_with_as_many_parameters() -> None:
    approved = {row["name"]: row for row in json.loads(APPROVED.read_text())["templates"]}

    for code, template in TEMPLATES.items():
        variables = set(re.findall(r"\{\{\d+\}\}", approved[code]["body"]))
        assert len(variables) == len(template.whatsapp_parameters), code
        assert approved[code]["language"] == "es"


@pytest.mark.parametrize(
    "facts",
    [
        {},
        FACTS["payment_declined"] | {"extra": "x"},
        FACTS["payment_declined"] | {"amount": "a lot"},
        FACTS["payment_declined"] | {"amount": 48000},
        FACTS["booking_confirmed"],
    ],
)
def test_facts_that_do_not_fit_are_refused_when_told(facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="payment_declined"):
        check_facts("payment_declined", facts)


def test_a_zone_or_a_template_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="booking_confirmed"):
        check_facts("booking_confirmed", FACTS["booking_confirmed"] | {"timezone": "Mars/Olympus"})
    with pytest.raises(ValueError, match="no template"):
        check_facts("good_morning", {})


@given(name=st.text(max_size=80), service=st.text(max_size=80))
def test_no_name_or_service_breaks_what_meta_accepts(name: str, service: str) -> None:
    facts = FACTS["payment_declined"] | {"service": service}

    message = render("payment_declined", facts, name=name)

    for parameter in message.whatsapp.parameters:
        assert parameter
        assert not re.search(r"[\n\t]| {5,}", parameter)


def test_braces_in_a_fact_are_text_and_not_a_place_for_another() -> None:
    facts = FACTS["payment_declined"] | {"service": "{amount.__class__}"}

    assert "{amount.__class__}" in render("payment_declined", facts, name="Ana").body


def test_a_masked_number_is_recognised_by_its_owner_only() -> None:
    assert mask_phone("+573001112233") == "+57•••••2233"
