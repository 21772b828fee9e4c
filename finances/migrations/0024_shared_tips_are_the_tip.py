"""The parts of a shared tip are the tip (NA-28)."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

FORWARD = """
-- Asked while the transaction commits: a payment is written before the parts of its tip.
CREATE FUNCTION finances_refuse_uneven_tips() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payment finances_counterpayment;
    parts numeric;
BEGIN
    IF TG_TABLE_NAME = 'finances_countertip' THEN
        SELECT * INTO payment FROM finances_counterpayment WHERE id = NEW.payment_id;
    ELSE
        payment := NEW;
    END IF;
    SELECT coalesce(sum(amount), 0) INTO parts FROM finances_countertip
     WHERE payment_id = payment.id;
    IF parts <> (CASE WHEN payment.is_tip_shared THEN payment.tip ELSE 0 END) THEN
        RAISE EXCEPTION 'the parts of the tip of payment % are not the tip', payment.id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_countertip_is_the_tip';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER finances_countertip_is_the_tip AFTER INSERT ON finances_countertip
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION finances_refuse_uneven_tips();
CREATE CONSTRAINT TRIGGER finances_counterpayment_tip_is_shared
    AFTER INSERT ON finances_counterpayment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.is_tip_shared) EXECUTE FUNCTION finances_refuse_uneven_tips();
CREATE TRIGGER finances_countertip_append_only BEFORE UPDATE OR DELETE ON finances_countertip
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
BACKWARD = """
DROP TRIGGER finances_countertip_append_only ON finances_countertip;
DROP TRIGGER finances_counterpayment_tip_is_shared ON finances_counterpayment;
DROP TRIGGER finances_countertip_is_the_tip ON finances_countertip;
DROP FUNCTION finances_refuse_uneven_tips();
"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0023_shared_tips")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        ValidateConstraint(
            model_name="counterpayment", name="finances_counterpayment_a_tip_is_for_somebody"
        ),
    ]
