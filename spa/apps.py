"""The app's entry in Django."""

from django.apps import AppConfig


class SpaConfig(AppConfig):
    """The studio."""

    name = "spa"
    verbose_name = "Reservas"

    def ready(self) -> None:
        """Subscribe to facts, and tell finances what can be paid for."""
        from finances.registry import register_payable
        from spa import subscribers  # noqa: F401
        from spa.steps.enrolment import ENROLMENT_KIND
        from spa.steps.enrolment_settlement import EnrolmentPayable
        from spa.steps.holds import register_hold
        from spa.steps.lifecycle import PAYABLE_KIND, expire
        from spa.steps.packages import PackagePayable
        from spa.steps.series_settlement import SeriesPayable
        from spa.steps.series_telling import SERIES_KIND
        from spa.steps.sessions import PACKAGE
        from spa.steps.settlement import AppointmentPayable

        register_payable(PAYABLE_KIND, AppointmentPayable())
        register_payable(ENROLMENT_KIND, EnrolmentPayable())
        register_payable(PACKAGE, PackagePayable())
        register_payable(SERIES_KIND, SeriesPayable())
        register_hold(PAYABLE_KIND, expire)
