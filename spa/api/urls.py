"""Routes of the studio, under `/api/v1/`."""

from django.urls import path

from spa.api import (
    appointments,
    availability,
    blocks,
    catalogue,
    classes,
    classes_desk,
    feeds,
    packages,
    quote,
    series,
    visit_file,
    waitlist,
)

urlpatterns = [
    path("locations", catalogue.LocationsView.as_view(), name="locations"),
    path("service-categories", catalogue.CategoriesView.as_view(), name="service-categories"),
    path("services", catalogue.ServicesView.as_view(), name="services"),
    path("staff", catalogue.StaffView.as_view(), name="staff"),
    path("availability", availability.AvailabilityView.as_view(), name="availability"),
    path("appointments", appointments.AppointmentsView.as_view(), name="appointments"),
    path("appointments/quote", quote.QuoteView.as_view(), name="quote"),
    path(
        "appointments/<uuid:appointment_id>",
        appointments.AppointmentView.as_view(),
        name="appointment",
    ),
    path(
        "appointments/<uuid:appointment_id>/ics",
        visit_file.VisitFileView.as_view(),
        name="appointment-file",
    ),
    path("resources", blocks.ResourcesView.as_view(), name="resources"),
    path("blocks", blocks.BlocksView.as_view(), name="blocks"),
    path("blocks/<uuid:block_id>", blocks.BlockView.as_view(), name="block"),
    path("staff/<uuid:staff_id>/time-off", blocks.TimeOffView.as_view(), name="time-off"),
    path("staff/<uuid:staff_id>/schedule", blocks.ScheduleView.as_view(), name="schedule"),
    path("me/calendar-feed", feeds.FeedView.as_view(), name="calendar-feed"),
    path("me/calendar.ics", feeds.MyCalendarView.as_view(), name="my-calendar"),
    path("packages", packages.PackagesView.as_view(), name="packages"),
    path("packages/<uuid:package_id>/buy", packages.BuyPackageView.as_view(), name="buy-package"),
    path(
        "packages/<uuid:package_id>/sell", packages.SellPackageView.as_view(), name="sell-package"
    ),
    path("me/packages", packages.MyPackagesView.as_view(), name="my-packages"),
    path(
        "client-packages/<uuid:client_package_id>/refund",
        packages.RefundPackageView.as_view(),
        name="refund-package",
    ),
    path(
        "client-packages/<uuid:client_package_id>/transfer",
        packages.TransferPackageView.as_view(),
        name="transfer-package",
    ),
    path("class-types", classes.ClassTypesView.as_view(), name="class-types"),
    path("classes/sessions", classes.SessionsView.as_view(), name="class-sessions"),
    path("classes/sessions/<uuid:session_id>/enrol", classes.EnrolView.as_view(), name="enrol"),
    path("classes/sessions/<uuid:session_id>/leave", classes.LeaveView.as_view(), name="leave"),
    path(
        "classes/sessions/<uuid:session_id>/enrolments",
        classes_desk.RosterView.as_view(),
        name="class-roster",
    ),
    path(
        "classes/sessions/<uuid:session_id>/attendance",
        classes_desk.AttendanceView.as_view(),
        name="class-attendance",
    ),
    path(
        "classes/sessions/<uuid:session_id>/substitute",
        classes_desk.SubstituteView.as_view(),
        name="class-substitute",
    ),
    path(
        "classes/sessions/<uuid:session_id>/cancel",
        classes_desk.CancelSessionView.as_view(),
        name="class-cancel",
    ),
    path("me/enrolments", classes.MyPlacesView.as_view(), name="my-enrolments"),
    path("waitlist", waitlist.WaitlistView.as_view(), name="waitlist"),
    path("waitlist/<uuid:entry_id>", waitlist.WaitlistEntryView.as_view(), name="waitlist-entry"),
    path(
        "waitlist/offers/<uuid:offer_id>/accept",
        waitlist.AcceptView.as_view(),
        name="accept-offer",
    ),
    path(
        "waitlist/offers/<uuid:offer_id>/decline",
        waitlist.DeclineView.as_view(),
        name="decline-offer",
    ),
    path("appointment-series", series.SeriesListView.as_view(), name="appointment-series"),
    path("appointment-series/preview", series.PreviewView.as_view(), name="preview-series"),
    path("appointment-series/<uuid:series_id>", series.SeriesView.as_view(), name="series"),
    path(
        "appointment-series/<uuid:series_id>/cancel",
        series.CancelView.as_view(),
        name="cancel-series",
    ),
]
