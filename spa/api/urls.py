"""Routes of the studio, under `/api/v1/`."""

from django.urls import path

from spa.api import views

urlpatterns = [
    path("locations", views.LocationsView.as_view(), name="locations"),
    path("service-categories", views.CategoriesView.as_view(), name="service-categories"),
    path("services", views.ServicesView.as_view(), name="services"),
    path("staff", views.StaffView.as_view(), name="staff"),
    path("availability", views.AvailabilityView.as_view(), name="availability"),
    path("appointments", views.AppointmentsView.as_view(), name="appointments"),
    path("appointments/<uuid:appointment_id>", views.AppointmentView.as_view(), name="appointment"),
]
