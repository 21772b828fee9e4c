"""What somebody waits for is worked on first; the index is made while messages come in."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("core", "0002_audit_is_append_only")]
    operations = [
        migrations.AddField(
            model_name="inboxmessage",
            name="is_awaited",
            field=models.BooleanField("esperado", default=True, db_default=True),
        ),
        AddIndexConcurrently(
            model_name="inboxmessage",
            index=models.Index(
                name="core_inboxmessage_next",
                fields=["-is_awaited", "due_at"],
                condition=Q(status="PENDING"),
            ),
        ),
        RemoveIndexConcurrently(model_name="inboxmessage", name="core_inboxmessage_due"),
    ]
