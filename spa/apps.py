"""The app's entry in Django."""

from django.apps import AppConfig


class SpaConfig(AppConfig):
    """The studio."""

    name = "spa"
    verbose_name = "Reservas"

    def ready(self) -> None:
        """Subscribe to facts, and tell finances what can be paid for."""
        from finances.registry import (
            register_earners,
            register_payable,
            register_prices,
            register_sellables,
        )
        from finances.types import Scope
        from spa import subscribers  # noqa: F401
        from spa.selectors.catalogue import find_service_price, list_service_names
        from spa.selectors.packages import list_package_names
        from spa.selectors.staff import list_earning_staff
        from spa.steps.enrolment import ENROLMENT_KIND
        from spa.steps.enrolment_settlement import EnrolmentPayable
        from spa.steps.holds import register_hold
        from spa.steps.lifecycle import PAYABLE_KIND, expire
        from spa.steps.packages import PackagePayable
        from spa.steps.series_settlement import SeriesPayable
        from spa.steps.series_telling import SERIES_KIND
        from spa.steps.sessions import PACKAGE
        from spa.steps.settlement import AppointmentPayable
        from spa.steps.waitlist import OFFER_KIND, end_overdue_offers

        register_payable(PAYABLE_KIND, AppointmentPayable())
        register_payable(ENROLMENT_KIND, EnrolmentPayable())
        register_payable(PACKAGE, PackagePayable())
        register_payable(SERIES_KIND, SeriesPayable())
        register_sellables(Scope.SERVICES, list_service_names)
        register_prices(Scope.SERVICES, find_service_price)
        register_sellables(Scope.PACKAGES, list_package_names)
        register_earners(list_earning_staff)
        register_hold(PAYABLE_KIND, expire)
        register_hold(OFFER_KIND, end_overdue_offers)
