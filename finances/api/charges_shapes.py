"""Shapes of charges by API."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.api.serializers import METHODS
from finances.domain.means import ACCEPTANCE, Acceptance, Means, Method, Spent

DOCUMENT_TYPES = ["CC", "CE", "NIT", "PP", "TI", "DNI", "RG", "OTHER"]
MOST_INSTALLMENTS = 36
ACCEPTED = {"acceptance_token": "eyJ…", "personal_data_token": "eyJ…"}


class BrowserInput(InputSerializer):
    """What 3-D Secure asks of the payer's browser, as Wompi names it; all of it text."""

    browser_color_depth = serializers.CharField(max_length=8)
    browser_screen_height = serializers.CharField(max_length=8)
    browser_screen_width = serializers.CharField(max_length=8)
    browser_language = serializers.CharField(max_length=16)
    browser_user_agent = serializers.CharField(max_length=512)
    browser_tz = serializers.CharField(max_length=8)


class RetryInput(InputSerializer):
    """How to pay this time; what is left out is as it was the last time.

    The two tokens are those of `GET payment-acceptance`, whose documents the payer has accepted.
    A card's `token` comes from the gateway and serves once.
    """

    method = serializers.ChoiceField(METHODS, required=False)
    acceptance_token = serializers.CharField(max_length=4096, required=False)
    personal_data_token = serializers.CharField(max_length=4096, required=False)
    token = serializers.CharField(max_length=200, required=False)
    installments = serializers.IntegerField(
        min_value=1, max_value=MOST_INSTALLMENTS, required=False
    )
    browser = BrowserInput(required=False)
    payment_source = serializers.UUIDField(required=False)
    phone = serializers.RegexField(r"^3\d{9}$", required=False)
    bank = serializers.CharField(max_length=16, required=False)
    person_type = serializers.ChoiceField(["natural", "company"], required=False)
    document_type = serializers.ChoiceField(DOCUMENT_TYPES, required=False)
    document = serializers.RegexField(r"^[A-Za-z0-9-]{4,20}$", required=False)
    full_name = serializers.CharField(max_length=120, required=False)
    email = serializers.EmailField(required=False)

    default_error_messages = {"accept": _("Acepta los dos documentos de la pasarela.")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both documents, or none: who may do without is known once the method is."""
        if len(attrs.keys() & set(ACCEPTANCE)) == 1:
            self.fail("accept")
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample("PSE", ACCEPTED | {
            "method": "pse", "bank": "1007", "person_type": "natural", "document_type": "CC",
            "document": "1020304050",
        }),
        OpenApiExample("Nequi", ACCEPTED | {"method": "nequi", "phone": "3991111111"}),
        OpenApiExample("Tarjeta", ACCEPTED | {
            "method": "card", "token": "tok_prod_…", "installments": 1,
        }),
        OpenApiExample("Medio guardado", {
            "method": "source", "payment_source": "0198c2f0-0000-7000-8000-000000000000",
        }),
    ]
)  # fmt: skip
class ChargeInput(RetryInput):
    """How to pay."""

    method = serializers.ChoiceField(METHODS)


def means_of(asked: dict[str, Any]) -> Means:
    """What may be kept of an input."""
    kept = set(asked) - {"method", "token", "browser", "payment_source", *ACCEPTANCE}
    return Means(
        method=Method(asked["method"]) if "method" in asked else None,
        details={name: asked[name] for name in sorted(kept)},
        source_id=asked.get("payment_source"),
        has_token="token" in asked,
        has_accepted="acceptance_token" in asked,
    )


def spent_of(asked: dict[str, Any]) -> Spent:
    """What may not."""
    acceptance = None
    if "acceptance_token" in asked:
        acceptance = Acceptance(asked["acceptance_token"], asked["personal_data_token"])
    return Spent(
        token=asked.get("token", ""), acceptance=acceptance, browser=asked.get("browser", {})
    )


class AcceptanceOutput(serializers.Serializer[Any]):
    """A document to show, and the token that says it was accepted: good for one charge."""

    token = serializers.CharField()
    permalink = serializers.URLField()


class PaymentAcceptanceOutput(serializers.Serializer[Any]):
    """What the payer accepts before a charge, and what can be paid with."""

    acceptance = AcceptanceOutput()
    personal_data = AcceptanceOutput()
    methods = serializers.ListField(child=serializers.CharField())


class BankOutput(serializers.Serializer[Any]):
    """A bank of PSE."""

    code = serializers.CharField()
    name = serializers.CharField()
