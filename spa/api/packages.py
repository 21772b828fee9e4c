"""Packages: for sale, mine, and what staff do with them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson, IsPublic, IsStaff
from core.ids import uuid7
from core.selectors.settings import get_settings
from finances import errors as money
from finances.selectors.payments import present_newest
from spa import errors
from spa.api.packages_shapes import (
    ClientPackageOutput,
    PackageOutput,
    PackagePurchaseInput,
    PackageReasonInput,
    PackageRefundOutput,
    PackageSaleInput,
    PackageTransferInput,
)
from spa.api.refusals import VOUCHERS
from spa.models import BookingSettings, ClientPackage, Package
from spa.selectors.packages import list_client_packages, list_packages
from spa.services.packages import (
    Bought,
    Refunded,
    buy_package,
    refund_package,
    sell_package,
    transfer_package,
)
from spa.steps.sessions import PACKAGE
from users import errors as people
from users.types import AuthenticatedRequest


@extend_schema_view(
    get=extend_schema(
        summary="Paquetes a la venta",
        tags=["catálogo"],
        parameters=[OpenApiParameter("location", OpenApiTypes.UUID)],
    )
)
class PackagesView(generics.ListAPIView[Package]):
    """Sessions that are cheaper together."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = PackageOutput
    refusals = {"GET": (errors.LocationNotFound,)}

    def get_queryset(self) -> QuerySet[Package]:
        location = self.request.query_params.get("location")
        try:
            return list_packages(location_id=UUID(location) if location else None)
        except ValueError as exc:
            raise errors.LocationNotFound from exc

    def get_serializer_context(self) -> dict[str, Any]:
        usual = get_settings(BookingSettings).package_validity_days
        return {**super().get_serializer_context(), "validity_days": usual}


class MyPackagesView(generics.ListAPIView[ClientPackage]):
    """What I bought."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "user"
    serializer_class = ClientPackageOutput
    queryset = ClientPackage.objects.none()

    def get_queryset(self) -> QuerySet[ClientPackage]:
        return list_client_packages(client_id=self.request.user.pk, now=timezone.now())

    @extend_schema(summary="Mis paquetes", tags=["paquetes"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Newest first, with their balance and what their sessions were used for."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(_present(page))


class BuyPackageView(APIView):
    """A package for me."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.PackageNotForSale, *VOUCHERS)}

    @extend_schema(
        summary="Comprar un paquete",
        tags=["paquetes"],
        request=PackagePurchaseInput,
        responses={201: ClientPackageOutput},
    )
    def post(self, request: AuthenticatedRequest, package_id: UUID) -> HttpResponse:
        """Its sessions can be used once the payment is approved, also when that comes late."""
        asked = PackagePurchaseInput.parse(request.data)
        return answer_once(
            request,
            buy_package,
            present=_present_bought,
            client_id=request.user.pk,
            package_id=package_id,
            vouchers=[code for code in (asked["voucher"], *asked["vouchers"]) if code],
            now=timezone.now(),
        )


class SellPackageView(APIView):
    """A package for somebody at the desk."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.PackageNotForSale,
            errors.LocationNotFound,
            people.PersonUnknown,
            money.CashShiftNeeded,
        )
    }

    @extend_schema(
        summary="Vender un paquete en el mostrador",
        tags=["paquetes"],
        request=PackageSaleInput,
        responses={201: ClientPackageOutput},
    )
    def post(self, request: AuthenticatedRequest, package_id: UUID) -> HttpResponse:
        """The whole price is taken in person; the package is the client's at once."""
        asked = PackageSaleInput.parse(request.data)
        return answer_once(
            request,
            sell_package,
            present=lambda package: _present([package])[0],
            client_id=asked["client"],
            package_id=package_id,
            method=asked["method"],
            location_id=asked["location"],
            sale_id=uuid7(),
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class RefundPackageView(APIView):
    """What was not used, back."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.PackageNotFound, errors.PackageNothingToRefund)}

    @extend_schema(
        summary="Devolver lo no usado de un paquete",
        tags=["paquetes"],
        request=PackageReasonInput,
        responses=PackageRefundOutput,
    )
    def post(self, request: AuthenticatedRequest, client_package_id: UUID) -> HttpResponse:
        """The unused sessions' share of the price becomes credit of whoever paid; audited."""
        asked = PackageReasonInput.parse(request.data)
        return answer_once(
            request,
            refund_package,
            present=_present_refunded,
            status=200,
            client_package_id=client_package_id,
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class TransferPackageView(APIView):
    """A package for somebody else."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (errors.PackageNotFound, errors.PackageNotTransferable, people.PersonUnknown)
    }

    @extend_schema(
        summary="Ceder un paquete a otra persona",
        tags=["paquetes"],
        request=PackageTransferInput,
        responses=ClientPackageOutput,
    )
    def post(self, request: AuthenticatedRequest, client_package_id: UUID) -> HttpResponse:
        """Only the new owner can use it from now on; audited."""
        asked = PackageTransferInput.parse(request.data)
        return answer_once(
            request,
            transfer_package,
            present=lambda package: _present([package])[0],
            status=200,
            client_package_id=client_package_id,
            to_client_id=asked["to"],
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


def _present(packages: Sequence[ClientPackage]) -> list[dict[str, Any]]:
    """Two queries for all their payments, and one for uses that were not read."""
    payments = present_newest(
        payable_kind=PACKAGE, payable_ids=[package.pk for package in packages]
    )
    shape = ClientPackageOutput(packages, many=True, context={"payments": payments})
    return list(shape.data)


def _present_bought(bought: Bought) -> dict[str, Any]:
    payments = {bought.package.pk: bought.payment}
    return dict(ClientPackageOutput(bought.package, context={"payments": payments}).data)


def _present_refunded(refunded: Refunded) -> dict[str, Any]:
    package = refunded.package
    values = {
        "id": package.pk,
        "status": package.status,
        "sessions": refunded.sessions,
        "credit": refunded.amount,
        "currency": package.currency,
    }
    return dict(PackageRefundOutput(values).data)
