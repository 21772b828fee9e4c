"""Routes of the studio, under `/api/v1/`."""

from django.urls import path

from spa.api import appointments, availability, catalogue

urlpatterns = [
    path("locations", catalogue.LocationsView.as_view(), name="locations"),
    path("service-categories", catalogue.CategoriesView.as_view(), name="service-categories"),
    path("services", catalogue.ServicesView.as_view(), name="services"),
    path("staff", catalogue.StaffView.as_view(), name="staff"),
    path("availability", availability.AvailabilityView.as_view(), name="availability"),
    path("appointments", appointments.AppointmentsView.as_view(), name="appointments"),
    path(
        "appointments/<uuid:appointment_id>",
        appointments.AppointmentView.as_view(),
        name="appointment",
    ),
]
