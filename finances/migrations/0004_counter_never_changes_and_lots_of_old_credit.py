"""A payment in person is never changed; credit given before there were lots gets its lot."""

from django.db import migrations

APPEND_ONLY = """
CREATE TRIGGER finances_counterpayment_append_only
    BEFORE UPDATE OR DELETE ON finances_counterpayment
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
LOTS_OF_OLD_CREDIT = """
INSERT INTO finances_creditlot
       (id, created_at, updated_at, client_id, currency, amount, remaining, reserved, reason,
        cause_kind, cause_id, issued_at, expires_at, next_notice_at)
SELECT gen_random_uuid(), now(), now(), entry.party, entry.currency, -entry.amount, -entry.amount,
       0, '', 'finances.attempt', movement.attempt_id, movement.occurred_at,
       now() + interval '365 days', now() + interval '335 days'
  FROM finances_ledgertransaction AS movement
  JOIN finances_ledgerentry AS entry
    ON entry.transaction_id = movement.id AND entry.account_id = 'client_credit'
 WHERE movement.kind = 'credit_received'
   AND NOT EXISTS (SELECT FROM finances_ledgertransaction AS void
                    WHERE void.attempt_id = movement.attempt_id AND void.kind = 'payment_voided');
"""
BACKWARD = """
DROP TRIGGER finances_counterpayment_append_only ON finances_counterpayment;
"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0003_credit_counter_vouchers")]
    operations = [
        migrations.RunSQL(APPEND_ONLY, BACKWARD),
        migrations.RunSQL(LOTS_OF_OLD_CREDIT, migrations.RunSQL.noop),
    ]
