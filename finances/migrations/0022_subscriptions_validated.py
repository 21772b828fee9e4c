from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("finances", "0021_subscriptions")]
    operations = [ValidateConstraint(model_name="payment", name="finances_payment_kind_known")]
