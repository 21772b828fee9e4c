"""What the studio counts (CORE-10)."""

from prometheus_client import Counter

APPOINTMENTS = Counter("studiozens_appointments_total", "Visits that reached a status", ["status"])
SLOTS_LOST = Counter("studiozens_slots_lost_total", "Bookings that lost their slot", ["how"])
ENROLMENTS = Counter("studiozens_enrolments_total", "Places in classes by status", ["status"])
MOVED = Counter("studiozens_visits_moved_total", "Visits that got another start", ["by"])
