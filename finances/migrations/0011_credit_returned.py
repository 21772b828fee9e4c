from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("finances", "0010_refunds_validated")]
    operations = [
        migrations.AddField(
            model_name="credituse",
            name="returned",
            field=models.DecimalField(
                db_default=0,
                decimal_places=2,
                default=0,
                max_digits=12,
                verbose_name="vuelto a saldo",
            ),
        ),
        AddConstraintNotValid(
            model_name="credituse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("returned", 0),
                    models.Q(
                        ("returned__gt", 0),
                        ("returned__lte", models.F("amount")),
                        ("state", "used"),
                    ),
                    _connector="OR",
                ),
                name="finances_credituse_returned_no_more_than_used",
            ),
        ),
    ]
