"""The public catalogue."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics

from core.api.permissions import IsPublic
from core.models import Location
from core.selectors.settings import get_settings
from spa import errors
from spa.api.catalogue_shapes import CategoryOutput, LocationOutput, ServiceOutput, StaffOutput
from spa.models import BookingSettings, Service, ServiceCategory, StaffMember
from spa.selectors.catalogue import (
    list_categories,
    list_locations,
    list_services,
    list_staff,
    map_add_ons,
)


@extend_schema_view(get=extend_schema(summary="Sedes", tags=["catálogo"]))
class LocationsView(generics.ListAPIView[Location]):
    """The places with their opening hours."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = LocationOutput

    def get_queryset(self) -> QuerySet[Location]:
        return list_locations()


@extend_schema_view(get=extend_schema(summary="Categorías de servicios", tags=["catálogo"]))
class CategoriesView(generics.ListAPIView[ServiceCategory]):
    """The shelves of the catalogue."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = CategoryOutput

    def get_queryset(self) -> QuerySet[ServiceCategory]:
        return list_categories()


@extend_schema_view(get=extend_schema(summary="Personal que recibe citas", tags=["catálogo"]))
class StaffView(generics.ListAPIView[StaffMember]):
    """Who can be booked."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = StaffOutput

    def get_queryset(self) -> QuerySet[StaffMember]:
        return list_staff()


@extend_schema_view(
    get=extend_schema(
        summary="Servicios",
        tags=["catálogo"],
        parameters=[OpenApiParameter("location", OpenApiTypes.UUID)],
    )
)
class ServicesView(generics.ListAPIView[Service]):
    """What can be booked online, with its deposit."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = ServiceOutput

    def get_queryset(self) -> QuerySet[Service]:
        location = self.request.query_params.get("location")
        try:
            return list_services(location_id=UUID(location) if location else None)
        except ValueError as exc:
            raise errors.LocationNotFound from exc

    def get_serializer_context(self) -> dict[str, Any]:
        policy = get_settings(BookingSettings).policy
        return {**super().get_serializer_context(), "policy": policy, "add_ons": map_add_ons()}
