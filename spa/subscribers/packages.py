"""What owners of packages are told, and what coming back brings (SPA-14, SPA-15)."""

from core.events import subscribe
from notifications.steps.delivery import notify
from spa.events import PackageEnding, PackageEvent, PackageReady


def _facts(event: PackageEvent) -> dict[str, object]:
    return {
        "package": event.name,
        "sessions": str(event.sessions),
        "last_day": event.last_day.isoformat(),
    }


@subscribe(PackageReady, name="spa.send-package-ready")
def send_package_ready(event: PackageReady) -> None:
    """Tell the owner what there is to use, until when, and the code."""
    notify(
        person_id=event.client_id,
        template="package_ready",
        facts=_facts(event) | {"code": event.code},
        event_id=event.event_id,
        valid_until=event.expires_at,
    )


@subscribe(PackageEnding, name="spa.send-package-ending")
def send_package_ending(event: PackageEnding) -> None:
    """Tell the owner while the sessions can still be used."""
    notify(
        person_id=event.client_id,
        template="package_ending",
        facts=_facts(event),
        event_id=event.event_id,
        valid_until=event.expires_at,
    )
