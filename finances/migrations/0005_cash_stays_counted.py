"""What the till promises, by the database's own hand (FIN-12)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION finances_refuse_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a counted shift is never changed, and no shift deleted'
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_cashshift_stays_counted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finances_cashshift_stays_counted BEFORE UPDATE OR DELETE ON finances_cashshift
    FOR EACH ROW EXECUTE FUNCTION finances_refuse_counted();

-- Whoever puts cash into a shift holds it: it is not counted before they have committed.
CREATE FUNCTION finances_refuse_into_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ended timestamptz;
BEGIN
    SELECT closed_at INTO ended FROM finances_cashshift WHERE id = NEW.shift_id FOR SHARE;
    IF ended IS NOT NULL THEN
        RAISE EXCEPTION 'shift % is counted already', NEW.shift_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_cashshift_open_for_cash';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finances_counterpayment_into_open_shift
    BEFORE INSERT ON finances_counterpayment
    FOR EACH ROW WHEN (NEW.shift_id IS NOT NULL) EXECUTE FUNCTION finances_refuse_into_counted();
CREATE TRIGGER finances_cashmovement_into_open_shift BEFORE INSERT ON finances_cashmovement
    FOR EACH ROW EXECUTE FUNCTION finances_refuse_into_counted();
CREATE TRIGGER finances_cashmovement_append_only BEFORE UPDATE OR DELETE ON finances_cashmovement
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
BACKWARD = """
DROP TRIGGER finances_cashmovement_append_only ON finances_cashmovement;
DROP TRIGGER finances_cashmovement_into_open_shift ON finances_cashmovement;
DROP TRIGGER finances_counterpayment_into_open_shift ON finances_counterpayment;
DROP FUNCTION finances_refuse_into_counted();
DROP TRIGGER finances_cashshift_stays_counted ON finances_cashshift;
DROP FUNCTION finances_refuse_counted();
"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0004_cash_shifts")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
