"""3-D Secure v2 on a card's transaction (section 7).

The provider's page names the step CHALLENGE with the status PENDING; the names of the other steps
and statuses are the sandbox's assumption.
"""

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.bodies import JsonObject
from sandbox.wompi.methods import MALFORMED, MISSING
from sandbox.wompi.statuses import Plan, Status

BROWSER_FIELDS = (
    "browser_color_depth",
    "browser_screen_height",
    "browser_screen_width",
    "browser_language",
    "browser_user_agent",
    "browser_tz",
)
USUAL = "no_challenge_success"
# Step, its status, and how the transaction ends (`None`: as the card says).
SCENARIOS: Mapping[str, tuple[str, str, Status | None]] = {
    "no_challenge_success": ("AUTHENTICATION", "COMPLETED", None),
    "challenge_v2": ("CHALLENGE", "PENDING", None),
    "challenge_denied": ("CHALLENGE", "NON_AUTHENTICATED", Status.DECLINED),
    "supported_version_error": ("SUPPORTED_VERSION", "ERROR", Status.ERROR),
    "authentication_error": ("AUTHENTICATION", "ERROR", Status.ERROR),
}


def three_ds_problems(body: JsonObject) -> dict[str, list[str]]:
    """Field → sentences, of a transaction that asks for 3-D Secure."""
    if not body.get("is_three_ds"):
        return {}
    wrong: dict[str, list[str]] = {}
    if body.get("three_ds_auth_type", USUAL) not in SCENARIOS:
        wrong["three_ds_auth_type"] = [f"Debe ser uno de {', '.join(SCENARIOS)}"]
    customer = body.get("customer_data")
    given: dict[str, Any] = customer if isinstance(customer, dict) else {}
    for name in ("full_name", "phone_number"):
        if not given.get(name):
            wrong[f"customer_data.{name}"] = [MISSING]
    return wrong | _browser_problems(given.get("browser_info"))


def _browser_problems(browser: object) -> dict[str, list[str]]:
    given: dict[str, Any] = browser if isinstance(browser, dict) else {}
    return {
        f"customer_data.browser_info.{name}": [MALFORMED if given.get(name) else MISSING]
        for name in BROWSER_FIELDS
        if not isinstance(given.get(name), str) or not given[name]
    }


def with_three_ds(plan: Plan, body: JsonObject, *, page: str) -> Plan:
    """The card's plan, once the card's holder has to be known first."""
    if not body.get("is_three_ds"):
        return plan
    step, status, end = SCENARIOS[body.get("three_ds_auth_type", USUAL)]
    frame = f'<iframe src="{page}" title="3-D Secure"></iframe>'
    challenge = {"three_ds_method_data": html.escape(frame)} if status == "PENDING" else {}
    auth = {"current_step": step, "current_step_status": status, **challenge}
    asked = replace(plan, extra=plan.extra | {"is_three_ds": True, "three_ds_auth": auth})
    if challenge:
        return replace(asked, status=None, after_yes=plan.status or Status.APPROVED)
    return replace(asked, status=end, message="Autenticación 3DS fallida") if end else asked


def concluded(method: JsonObject, *, agreed: bool) -> JsonObject:
    """The method once its transaction ended: a challenge that was open has been answered."""
    auth = method.get("extra", {}).get("three_ds_auth", {})
    if auth.get("current_step_status") != "PENDING":
        return method
    answered = auth | {"current_step_status": "COMPLETED" if agreed else "NON_AUTHENTICATED"}
    return method | {"extra": method["extra"] | {"three_ds_auth": answered}}
