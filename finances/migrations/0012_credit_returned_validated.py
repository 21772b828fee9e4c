from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("finances", "0011_credit_returned")]
    operations = [
        ValidateConstraint(
            model_name="credituse", name="finances_credituse_returned_no_more_than_used"
        ),
        AddIndexConcurrently(
            model_name="credituse",
            index=models.Index(
                condition=models.Q(("state", "used")),
                fields=["payable_id", "payable_kind"],
                name="finances_credituse_used",
            ),
        ),
    ]
