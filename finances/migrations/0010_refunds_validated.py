from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("finances", "0009_refunds")]
    operations = [
        ValidateConstraint(
            model_name="paymentattempt", name="finances_paymentattempt_refunded_no_more_than_paid"
        )
    ]
