"""What the studio counts (CORE-10)."""

from prometheus_client import Counter

APPOINTMENTS = Counter("studiozens_appointments_total", "Visits that reached a status", ["status"])
SLOTS_LOST = Counter("studiozens_slots_lost_total", "Bookings that lost their slot", ["how"])
LATE_MONEY = Counter(
    "studiozens_late_money_total", "Payments for a visit that no longer waited", ["branch"]
)
