"""The admin's pages as somebody at the desk uses them."""

from typing import Any

from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse


def press(desk: Client, on: Model | type[Model], button: str, **typed: Any) -> Any:
    """Open a button's dialog, fill it in and send it; a hidden field is sent as it came."""
    url = _page(on, button)
    form = desk.get(url).context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    return desk.post(url, {**hidden, **typed})


def said(answer: Any) -> list[str]:
    """What the page tells whoever pressed."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def buttons(desk: Client, row: Model) -> set[str]:
    """Which buttons the row's page offers."""
    page = desk.get(_page(row, "change"))
    assert page.status_code == 200
    return {action["title"] for action in page.context["actions_detail"]}


def _page(on: Model | type[Model], name: str) -> str:
    label = f"admin:{on._meta.app_label}_{on._meta.model_name}_{name}"
    return reverse(label, args=[on.pk] if isinstance(on, Model) else None)
