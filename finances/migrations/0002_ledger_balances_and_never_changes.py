"""What the ledger promises, by the database's own hand (FIN-04)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION finances_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT transaction_id INTO bad
      FROM fresh GROUP BY transaction_id, currency HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction % does not balance', bad
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_ledgerentry_balanced';
    END IF;
    -- The sides of a movement come together; a later pair would change what was written.
    SELECT transaction_id INTO bad
      FROM fresh GROUP BY transaction_id
    HAVING count(*) <> (SELECT count(*) FROM finances_ledgerentry AS entry
                         WHERE entry.transaction_id = fresh.transaction_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction % is already written', bad
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_ledgerentry_written_once';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER finances_ledgerentry_balanced AFTER INSERT ON finances_ledgerentry
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION finances_refuse_unbalanced();
CREATE TRIGGER finances_ledgerentry_append_only BEFORE UPDATE OR DELETE ON finances_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER finances_ledgertransaction_append_only
    BEFORE UPDATE OR DELETE ON finances_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER finances_counterpayment_append_only
    BEFORE UPDATE OR DELETE ON finances_counterpayment
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
BACKWARD = """
DROP TRIGGER finances_counterpayment_append_only ON finances_counterpayment;
DROP TRIGGER finances_ledgertransaction_append_only ON finances_ledgertransaction;
DROP TRIGGER finances_ledgerentry_append_only ON finances_ledgerentry;
DROP TRIGGER finances_ledgerentry_balanced ON finances_ledgerentry;
DROP FUNCTION finances_refuse_unbalanced();
"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0001_initial"), ("core", "0002_audit_is_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
