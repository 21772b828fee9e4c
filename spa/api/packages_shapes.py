"""Shapes of packages."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.appointment_shapes import PAYMENT
from spa.api.payment_shapes import VouchersInput
from spa.models import ClientPackage, Package, PackageStatus, PackageUse

METHODS = ["cash", "card", "transfer"]
STATUSES = list(PackageStatus.values)


class CoveredOutput(serializers.Serializer[Any]):
    """Something a session can be used for."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class PackageOutput(serializers.ModelSerializer[Package]):
    """A package that is for sale; without locations it can be used at all of them."""

    services = CoveredOutput(many=True, read_only=True)
    class_types = CoveredOutput(many=True, read_only=True)
    locations = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)
    validity_days = serializers.SerializerMethodField()

    class Meta:
        model = Package
        fields = [
            "id", "name", "description", "services", "class_types", "locations", "sessions",
            "price", "currency", "validity_days",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField())
    def get_validity_days(self, package: Package) -> int:
        """Its own, or the usual."""
        usual: int = self.context["validity_days"]
        return package.validity_days or usual


class PackagePurchaseInput(VouchersInput):
    """How a package is bought."""


class PackageSaleInput(InputSerializer):
    """Who buys a package at the desk, and how they pay."""

    client = serializers.UUIDField()
    method = serializers.ChoiceField(METHODS)
    location = serializers.UUIDField(required=False, default=None, allow_null=True)


class PackageReasonInput(InputSerializer):
    """Why."""

    reason = serializers.CharField(min_length=3, max_length=200)


class PackageTransferInput(PackageReasonInput):
    """Whose the package becomes, and why."""

    to = serializers.UUIDField()


class PackageUseOutput(serializers.ModelSerializer[PackageUse]):
    """Sessions, what they were for and what became of them."""

    class Meta:
        model = PackageUse
        fields = ["id", "source_kind", "source_id", "sessions", "state", "used_at", "ended_at"]
        read_only_fields = fields


class ClientPackageOutput(serializers.ModelSerializer[ClientPackage]):
    """A client's package. `sessions_booked` are used by what has not happened yet."""

    package = serializers.UUIDField(source="package_id")
    status = serializers.ChoiceField(STATUSES)
    services = serializers.ListField(source="service_ids", child=serializers.UUIDField())
    class_types = serializers.ListField(source="class_type_ids", child=serializers.UUIDField())
    locations = serializers.ListField(source="location_ids", child=serializers.UUIDField())
    sessions_booked = serializers.SerializerMethodField()
    uses = PackageUseOutput(many=True)
    payment = serializers.SerializerMethodField()

    class Meta:
        model = ClientPackage
        fields = [
            "id", "package", "name", "code", "status", "services", "class_types", "locations",
            "price", "currency", "sessions_total", "sessions_left", "sessions_booked",
            "bought_at", "pay_until", "expires_at", "uses", "payment",
        ]  # fmt: skip
        read_only_fields = fields

    def get_sessions_booked(self, package: ClientPackage) -> int:
        """What is neither left nor settled."""
        if package.status == PackageStatus.PENDING_PAYMENT:
            return 0
        return package.sessions_total - package.sessions_left - package.sessions_settled

    @extend_schema_field(PAYMENT)
    def get_payment(self, package: ClientPackage) -> Any:
        """The package's payment at the gateway, if it has one."""
        payments: Mapping[Any, Any] = self.context["payments"]
        return payments.get(package.pk)


class PackageRefundOutput(serializers.Serializer[Any]):
    """How many sessions were given back, and the credit for them."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(STATUSES)
    sessions = serializers.IntegerField()
    credit = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
