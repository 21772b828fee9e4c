"""Business rules an owner may change (CORE-08)."""

from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator
from django.db import IntegrityError, connection, models, transaction

from core.models import SETTINGS_MODELS, BusinessSettings
from core.selectors.settings import get_settings

MODELS = sorted(SETTINGS_MODELS.values(), key=lambda model: model.section)
EXAMPLE = MODELS[0]
by_section = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.section)


def numbers(model: type[BusinessSettings]) -> list[models.Field[Any, Any]]:
    kinds = (models.IntegerField, models.DecimalField, models.FloatField)
    return [f for f in model._meta.local_fields if isinstance(f, kinds) and not f.primary_key]


@by_section
def test_every_number_has_a_validator_and_its_default_passes(model: Any) -> None:
    model().full_clean(exclude=["id"])
    for field in numbers(model):
        own = [v for v in field._validators if isinstance(v, BaseValidator)]
        assert own or field.choices, f"{model.__name__}.{field.name} accepts anything"


@by_section
def test_a_number_out_of_bounds_is_refused(model: Any) -> None:
    for field in numbers(model):
        if field.choices:
            continue
        too_much = max(10**9, field.default + 1)
        with pytest.raises(ValidationError) as refusal:
            model(**{field.name: too_much}).full_clean(exclude=["id"])
        assert field.name in refusal.value.message_dict


def test_until_somebody_saves_them_the_rules_are_their_defaults(db: None) -> None:
    assert get_settings(EXAMPLE).pk == 1
    assert not EXAMPLE._default_manager.exists()


def test_rules_are_read_from_the_cache_and_a_change_is_seen_at_once(
    db: None, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    field = numbers(EXAMPLE)[0].name
    get_settings(EXAMPLE)
    with django_assert_num_queries(0):
        rules = get_settings(EXAMPLE)
    changed = getattr(rules, field) + 1

    with django_capture_on_commit_callbacks(execute=True):
        setattr(rules, field, changed)
        rules.save()

    assert getattr(get_settings(EXAMPLE), field) == changed


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_leaves_the_copy_alone() -> None:
    rules = get_settings(EXAMPLE)
    field = numbers(EXAMPLE)[0].name
    before = getattr(rules, field)

    with transaction.atomic():
        setattr(rules, field, before + 1)
        rules.save()
        transaction.set_rollback(True)

    assert getattr(get_settings(EXAMPLE), field) == before


def test_every_change_is_kept_in_the_history(db: None) -> None:
    field = numbers(EXAMPLE)[0].name
    rules = get_settings(EXAMPLE)
    before = getattr(rules, field)
    rules.save()
    setattr(rules, field, before + 1)
    rules.save()

    kept = EXAMPLE.history.order_by("history_id").values_list(field, flat=True)
    assert list(kept) == [before, before + 1]


def test_there_is_one_row_of_each(db: None) -> None:
    with pytest.raises(IntegrityError, match="single_row"), transaction.atomic():
        EXAMPLE(id=2).save()


def test_with_the_cache_away_rules_come_from_the_table(db: None, no_cache_server: None) -> None:
    assert get_settings(EXAMPLE).pk == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_read_stays_readable_without_the_cache(no_cache_server: None) -> None:
    rules = get_settings(EXAMPLE)
    rules.save()  # forgetting the copy fails, the change does not

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert EXAMPLE._default_manager.count() == 1


def test_every_section_of_rules_has_a_name_of_its_own_and_an_app_of_ours() -> None:
    sections = [model.section for model in MODELS]

    assert len(sections) == len(set(sections))
    assert all(apps.is_installed(model._meta.app_label) for model in MODELS)
