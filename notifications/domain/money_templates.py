"""What is said about money that people at the studio moved by hand, and money that goes back."""

from notifications.domain.template import Template

_ABOUT = frozenset({"amount", "currency", "reason"})
_MEMBER = frozenset({"amount", "currency", "plan", "last_day"})

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
    Template(
        code="refund_came_back",
        facts=_ABOUT,
        title="Tu devolución quedó como saldo a favor",
        body=(
            "{name}, el banco no recibió los {amount} que te consignamos y los tienes como saldo a "
            "favor en tu cuenta. Motivo de la devolución: {reason}."
        ),
        sms=(
            "StudioZens: Hola {name}, el banco no recibió los {amount} que te consignamos: "
            "quedaron como saldo a favor en tu cuenta. Motivo de la devolución: {reason}."
        ),
        whatsapp_parameters=("name", "amount", "reason"),
        is_critical=False,
    ),
    Template(
        code="payout_paid",
        facts=frozenset({"amount", "currency", "account"}),
        title="Te consignamos tu pago",
        body="{name}, consignamos {amount} en tu cuenta {account}.",
        sms="StudioZens: Hola {name}, consignamos {amount} en tu cuenta {account}.",
        whatsapp_parameters=("name", "amount", "account"),
        is_critical=False,
    ),
    Template(
        code="payout_failed",
        facts=frozenset({"amount", "currency", "account"}),
        title="No pudimos consignar tu pago",
        body=(
            "{name}, no pudimos consignar {amount} en tu cuenta {account}. El dinero sigue siendo "
            "tuyo y va en el próximo pago. Confirma en administración que la cuenta está bien."
        ),
        sms=(
            "StudioZens: Hola {name}, no pudimos consignar {amount} en tu cuenta {account}. Va en "
            "el próximo pago; confirma en administración que la cuenta está bien."
        ),
        whatsapp_parameters=("name", "amount", "account"),
        is_critical=False,
    ),
    Template(
        code="voucher_given",
        facts=frozenset({"service", "code", "last_day", "reason"}),
        title="Te regalamos un servicio",
        body=(
            "{name}, te regalamos {service}: reserva hasta el {last_day} con el código {code}. "
            "Motivo: {reason}."
        ),
        sms=(
            "StudioZens: Hola {name}, te regalamos {service}. Código {code}, hasta el {last_day}. "
            "Motivo: {reason}."
        ),
        whatsapp_parameters=("name", "service", "last_day", "code", "reason"),
        is_critical=False,
    ),
    Template(
        code="subscription_paid",
        facts=_MEMBER,
        title="Tu membresía está al día",
        body="{name}, recibimos {amount} por tu membresía {plan}. Está paga hasta el {last_day}.",
        sms=(
            "StudioZens: Hola {name}, recibimos {amount} por tu membresía {plan}. "
            "Está paga hasta el {last_day}."
        ),
        whatsapp_parameters=("name", "amount", "plan", "last_day"),
        is_critical=False,
    ),
    Template(
        code="subscription_declined",
        facts=_MEMBER,
        title="No pudimos cobrar tu membresía",
        body=(
            "{name}, tu medio de pago no aceptó el cobro de {amount} de la membresía {plan}. "
            "Revísalo o guarda otro en tu cuenta."
        ),
        sms=(
            "StudioZens: Hola {name}, tu medio de pago no aceptó el cobro de {amount} de la "
            "membresía {plan}. Revísalo o guarda otro en tu cuenta."
        ),
        whatsapp_parameters=("name", "amount", "plan"),
        is_critical=True,
    ),
    Template(
        code="subscription_past_due",
        facts=_MEMBER,
        title="Tu membresía está en mora",
        body=(
            "{name}, tu membresía {plan} estaba paga hasta el {last_day}. Paga {amount} en los "
            "próximos días para no perderla."
        ),
        sms=(
            "StudioZens: Hola {name}, tu membresía {plan} estaba paga hasta el {last_day}. "
            "Paga {amount} en los próximos días para no perderla."
        ),
        whatsapp_parameters=("name", "plan", "last_day", "amount"),
        is_critical=True,
    ),
    Template(
        code="subscription_cancelled",
        facts=_MEMBER,
        title="Cancelaste tu membresía",
        body=(
            "{name}, no cobraremos más tu membresía {plan}. Sus beneficios siguen hasta el "
            "{last_day} y hasta ese día puedes reactivarla."
        ),
        sms=(
            "StudioZens: Hola {name}, no cobraremos más tu membresía {plan}. Sus beneficios "
            "siguen hasta el {last_day}."
        ),
        whatsapp_parameters=("name", "plan", "last_day"),
        is_critical=False,
    ),
    Template(
        code="subscription_reactivated",
        facts=_MEMBER,
        title="Tu membresía sigue",
        body=(
            "{name}, reactivaste tu membresía {plan}. Está paga hasta el {last_day} y después se "
            "cobra {amount} cada mes."
        ),
        sms=(
            "StudioZens: Hola {name}, reactivaste tu membresía {plan}. Está paga hasta el "
            "{last_day} y después se cobra {amount} cada mes."
        ),
        whatsapp_parameters=("name", "plan", "last_day", "amount"),
        is_critical=False,
    ),
    Template(
        code="subscription_plan_changed",
        facts=_MEMBER,
        title="Cambiaste de plan",
        body="{name}, tu membresía es ahora {plan}, de {amount} por mes.",
        sms="StudioZens: Hola {name}, tu membresía es ahora {plan}, de {amount} por mes.",
        whatsapp_parameters=("name", "plan", "amount"),
        is_critical=False,
    ),
    Template(
        code="subscription_ended",
        facts=_MEMBER,
        title="Tu membresía terminó",
        body="{name}, tu membresía {plan} terminó. Puedes suscribirte de nuevo cuando quieras.",
        sms=(
            "StudioZens: Hola {name}, tu membresía {plan} terminó. Puedes suscribirte de nuevo "
            "cuando quieras."
        ),
        whatsapp_parameters=("name", "plan"),
        is_critical=True,
    ),
    Template(
        code="books_differ",
        facts=frozenset({"last_day", "count"}),
        title="La conciliación tiene diferencias",
        body=(
            "{name}, la conciliación del {last_day} encontró {count} diferencias con la pasarela "
            "o con los pagos a terceros. Revísalas en la administración."
        ),
        sms=(
            "StudioZens: Hola {name}, la conciliación del {last_day} encontró {count} diferencias. "
            "Revísalas en la administración."
        ),
        whatsapp_parameters=("name", "last_day", "count"),
        is_critical=True,
    ),
)
