"""Nothing happens in a closed month any more, by the database's own hand (FIN-11)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION finances_refuse_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT id INTO bad FROM fresh
     WHERE occurred_at < (SELECT max(ends_at) FROM finances_closedmonth) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction % happened in a closed month', bad
              USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'finances_ledgertransaction_in_open_month';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER finances_ledgertransaction_in_open_month AFTER INSERT ON finances_ledgertransaction
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION finances_refuse_closed_month();
CREATE TRIGGER finances_closedmonth_stays_closed BEFORE UPDATE OR DELETE ON finances_closedmonth
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
BACKWARD = """
DROP TRIGGER finances_closedmonth_stays_closed ON finances_closedmonth;
DROP TRIGGER finances_ledgertransaction_in_open_month ON finances_ledgertransaction;
DROP FUNCTION finances_refuse_closed_month();
"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0018_closed_months"), ("core", "0002_audit_is_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
