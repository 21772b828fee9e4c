"""REST: defaults that deny, one envelope for errors, limits by scope, the OpenAPI document."""

from studiozens.settings.env import env

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.api.authentication.SessionTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.api.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttling.ScopedThrottle"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "core.api.exceptions.exception_handler",
    # `?format=` is a business word somewhere; content type is negotiated by header alone (NA-46).
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
}

# requests/period; the person when known, otherwise the address (business-rules.md, Throttles).
THROTTLE_RATES = {
    "login": "5/min",
    "otp_request": "3/10min",
    "otp_verify": "5/10min",
    "password_reset": "3/h",
    "booking": "20/min",
    "quotes": "20/min",
    "payments": "30/min",
    "payouts": "10/min",
    "vouchers": "10/min",
    "export": "5/h",
    "catalogue": "100/min",
    "user": "300/min",
    "anonymous": "60/min",
    "webhook": "",
}
for _override in env.items("THROTTLE_RATES"):
    _scope, _, _rate = _override.partition("=")
    if _scope not in THROTTLE_RATES:
        env.problems.append(f"THROTTLE_RATES names an unknown scope: {_scope}")
    THROTTLE_RATES[_scope] = _rate
# When the cache is down these scopes count in the database instead of letting everything pass.
THROTTLE_FAIL_CLOSED = ("login", "otp_request", "otp_verify", "password_reset")

SPECTACULAR_SETTINGS = {
    "TITLE": "StudioZens",
    "DESCRIPTION": (
        "Reservas, pagos y mensajes de un estudio de bienestar. Los errores son "
        "`application/problem+json` (RFC 9457) con un `code` estable."
    ),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Fields of one name and of several meanings: what each is called in generated clients.
    "ENUM_NAME_OVERRIDES": {
        "AppointmentStatusEnum": "spa.api.appointment_shapes.STATUSES",
        "AppealStatusEnum": "spa.models.strikes.AppealStatus",
        "EnrolmentStatusEnum": "spa.api.classes_shapes.ENROLMENT_STATUSES",
        "OccurrenceStatusEnum": "spa.models.blocks.OccurrenceStatus",
        "PackageStatusEnum": "spa.api.packages_shapes.STATUSES",
        "ChargeMethodEnum": "finances.api.charges_shapes.METHODS",
        "ChargeStatusEnum": "finances.api.serializers.CHARGE_STATUSES",
        "NextStepKindEnum": "finances.api.serializers.STEPS",
        "PaymentMethodEnum": "finances.api.serializers.PAYMENT_METHODS",
        "PaymentSourceKindEnum": "finances.api.sources_shapes.KINDS",
        "PaymentSourceStatusEnum": "finances.api.sources_shapes.SOURCE_STATUSES",
        "SubscriptionStatusEnum": "finances.models.subscriptions.STATUSES",
        "PaymentStatusEnum": "finances.models.payments.PaymentStatus",
        "PayoutStatusEnum": "finances.models.payouts.PAYOUT_STATUSES",
        "PayoutLineStatusEnum": "finances.models.payouts.LINE_STATUSES",
        "PayoutLineKindEnum": "finances.models.payouts.LineSource",
        "ReportStatusEnum": "finances.api.reports_shapes.STATUSES",
        "ReportKindEnum": "finances.api.reports_shapes.KINDS",
        "ReportColumnShapeEnum": "finances.api.reports_shapes.SHAPES",
        "AdjustmentStateEnum": "finances.models.adjustments.AdjustmentState",
        "ReconciliationStatusEnum": "finances.models.reconciliation.DAY_STATUSES",
        "DifferenceSubjectEnum": "finances.models.reconciliation.SUBJECTS",
        "DifferenceKindEnum": "finances.models.reconciliation.KINDS",
        "DifferenceStateEnum": "finances.models.reconciliation.DIFFERENCE_STATES",
        "DifferenceWayEnum": "finances.models.reconciliation.WAYS",
        "RefundStateEnum": "finances.models.refunds.STATES",
        "RefundSourceEnum": "finances.models.refunds.SOURCES",
        "RefundDestinationEnum": "finances.models.refunds.DESTINATIONS",
        "SeriesStatusEnum": "spa.api.series_shapes.STATUSES",
        "WaitlistStatusEnum": "spa.api.waitlist_shapes.STATUSES",
        "BlockKindEnum": "spa.models.blocks.BlockKind",
        "CreditMovementKindEnum": "finances.models.ledger.MovementKind",
        "PaymentKindEnum": "finances.models.payments.PaymentKind",
        "CashMovementKindEnum": "finances.models.cash.CashMovementKind",
        "DocumentKindEnum": "finances.models.sales.DocumentKind",
        "SalesItemKindEnum": "finances.models.sales.ITEM_KINDS",
        "ResourceKindEnum": "spa.models.resources.ResourceKind",
        "StrikeKindEnum": "spa.models.strikes.StrikeKind",
        "SeriesScopeEnum": "spa.api.series_shapes.SCOPES",
        "SeriesPaymentEnum": "spa.api.series_shapes.PAYMENTS",
        "CounterMethodEnum": "spa.api.packages_shapes.METHODS",
    },
}
