"""Reading sessions."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from core.selectors.settings import get_settings
from users.models import IdentitySettings, Session


def list_live_sessions(*, person_id: UUID, now: datetime) -> QuerySet[Session]:
    """Where somebody is signed in, newest login first."""
    idle_since = now - timedelta(days=get_settings(IdentitySettings).session_idle_days)
    live = Session.objects.live(now=now).filter(user_id=person_id, last_seen_at__gt=idle_since)
    return live.order_by("-started_at", "-pk")
