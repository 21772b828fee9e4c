from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("finances", "0007_payouts")]
    operations = [
        AddIndexConcurrently(
            model_name="ledgertransaction",
            index=BrinIndex(
                name="finances_ledgertransaction_at", fields=["occurred_at"], autosummarize=True
            ),
        ),
    ]
