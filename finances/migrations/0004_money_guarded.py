"""What money promises, by the database's own hand."""

from django.db import migrations

CASH_STAYS_COUNTED = """
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
CASH_STAYS_COUNTED_BACK = """
DROP TRIGGER finances_cashmovement_append_only ON finances_cashmovement;
DROP TRIGGER finances_cashmovement_into_open_shift ON finances_cashmovement;
DROP TRIGGER finances_counterpayment_into_open_shift ON finances_counterpayment;
DROP FUNCTION finances_refuse_into_counted();
DROP TRIGGER finances_cashshift_stays_counted ON finances_cashshift;
DROP FUNCTION finances_refuse_counted();
"""
DOCUMENTS_STAY_AS_ISSUED = """
-- A document comes with its lines, in one statement, and is their sum; notes take back no more than
-- was sold. Whoever writes a note holds the document it corrects.
CREATE FUNCTION finances_refuse_unlike_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT fresh.id INTO bad FROM fresh
      LEFT JOIN (SELECT document_id, sum(total) AS total, sum(base) AS base, sum(tax) AS tax,
                        sum(discount) AS discount
                   FROM finances_salesline WHERE document_id IN (SELECT id FROM fresh)
                  GROUP BY document_id) AS lines ON lines.document_id = fresh.id
     WHERE (fresh.total, fresh.base, fresh.tax, fresh.discount)
           IS DISTINCT FROM (lines.total, lines.base, lines.tax, lines.discount) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'document % is not the sum of its lines', bad
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_salesdocument_is_its_lines';
    END IF;
    SELECT sold.id INTO bad FROM finances_salesdocument AS sold
     WHERE sold.id IN (SELECT corrects_id FROM fresh)
       AND sold.total + (SELECT sum(note.total) FROM finances_salesdocument AS note
                          WHERE note.corrects_id = sold.id) < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'more than document % is taken back', bad
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_salesdocument_taken_back';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER finances_salesdocument_is_its_lines AFTER INSERT ON finances_salesdocument
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION finances_refuse_unlike_lines();

CREATE FUNCTION finances_refuse_late_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bad uuid;
BEGIN
    SELECT document.id INTO bad FROM finances_salesdocument AS document
     WHERE document.id IN (SELECT document_id FROM fresh)
       AND (SELECT count(*) FROM finances_salesline AS line WHERE line.document_id = document.id)
           <> (SELECT count(*) FROM fresh WHERE fresh.document_id = document.id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'document % is already issued', bad
              USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_salesline_written_once';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER finances_salesline_written_once AFTER INSERT ON finances_salesline
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION finances_refuse_late_lines();

CREATE TRIGGER finances_salesdocument_append_only BEFORE UPDATE OR DELETE ON finances_salesdocument
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER finances_salesline_append_only BEFORE UPDATE OR DELETE ON finances_salesline
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();

CREATE FUNCTION finances_refuse_counting_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last_number < OLD.last_number
       OR (OLD.last_number > 0 AND (NEW.prefix, NEW.kind, NEW.location_id)
                                IS DISTINCT FROM (OLD.prefix, OLD.kind, OLD.location_id)) THEN
        RAISE EXCEPTION 'numbers that are given stay as they are'
              USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'finances_documentseries_keeps_counting';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER finances_documentseries_keeps_counting
    BEFORE UPDATE OR DELETE ON finances_documentseries
    FOR EACH ROW EXECUTE FUNCTION finances_refuse_counting_back();
"""
DOCUMENTS_STAY_AS_ISSUED_BACK = """
DROP TRIGGER finances_documentseries_keeps_counting ON finances_documentseries;
DROP FUNCTION finances_refuse_counting_back();
DROP TRIGGER finances_salesline_append_only ON finances_salesline;
DROP TRIGGER finances_salesdocument_append_only ON finances_salesdocument;
DROP TRIGGER finances_salesline_written_once ON finances_salesline;
DROP FUNCTION finances_refuse_late_lines();
DROP TRIGGER finances_salesdocument_is_its_lines ON finances_salesdocument;
DROP FUNCTION finances_refuse_unlike_lines();
"""
DOCUMENTS_GET_NUMBERS = """
-- The last thing a transaction does: whatever it has issued, and nobody else can see yet, is
-- numbered, series by series in one order. What is taken back before has taken no number; what
-- fails after this gives it back.
CREATE FUNCTION finances_number_documents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place record;
    taken record;
BEGIN
    FOR place IN
        SELECT kind, location_id, count(*) AS documents FROM finances_salesdocument
         WHERE number IS NULL GROUP BY kind, location_id ORDER BY kind, location_id
    LOOP
        INSERT INTO finances_documentseries AS series (location_id, kind, prefix, last_number)
        VALUES (place.location_id, place.kind, '', place.documents)
            ON CONFLICT (location_id, kind) DO UPDATE
           SET last_number = series.last_number + excluded.last_number
        RETURNING id, last_number - place.documents AS before INTO taken;
        UPDATE finances_salesdocument AS document
           SET series_id = taken.id, number = taken.before + ranked.rank
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM finances_salesdocument
                 WHERE number IS NULL AND kind = place.kind
                   AND location_id IS NOT DISTINCT FROM place.location_id) AS ranked
         WHERE document.id = ranked.id;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER finances_salesdocument_numbered AFTER INSERT ON finances_salesdocument
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION finances_number_documents();

DROP TRIGGER finances_salesdocument_append_only ON finances_salesdocument;
CREATE FUNCTION finances_refuse_reissue() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    numbered finances_salesdocument;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.number IS NULL THEN
        numbered := OLD;
        numbered.number := NEW.number;
        numbered.series_id := NEW.series_id;
        IF numbered IS NOT DISTINCT FROM NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'documents are never changed once they are issued'
          USING ERRCODE = 'check_violation', CONSTRAINT = 'finances_salesdocument_append_only';
END $$;
CREATE TRIGGER finances_salesdocument_append_only BEFORE UPDATE OR DELETE ON finances_salesdocument
    FOR EACH ROW EXECUTE FUNCTION finances_refuse_reissue();
"""
DOCUMENTS_GET_NUMBERS_BACK = """
DROP TRIGGER finances_salesdocument_append_only ON finances_salesdocument;
DROP FUNCTION finances_refuse_reissue();
CREATE TRIGGER finances_salesdocument_append_only BEFORE UPDATE OR DELETE ON finances_salesdocument
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
DROP TRIGGER finances_salesdocument_numbered ON finances_salesdocument;
DROP FUNCTION finances_number_documents();
"""
CLOSED_MONTHS_STAY_CLOSED = """
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
CLOSED_MONTHS_STAY_CLOSED_BACK = """
DROP TRIGGER finances_closedmonth_stays_closed ON finances_closedmonth;
DROP TRIGGER finances_ledgertransaction_in_open_month ON finances_ledgertransaction;
DROP FUNCTION finances_refuse_closed_month();
"""
SHARED_TIPS_ARE_THE_TIP = """
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
SHARED_TIPS_ARE_THE_TIP_BACK = """
DROP TRIGGER finances_countertip_append_only ON finances_countertip;
DROP TRIGGER finances_counterpayment_tip_is_shared ON finances_counterpayment;
DROP TRIGGER finances_countertip_is_the_tip ON finances_countertip;
DROP FUNCTION finances_refuse_uneven_tips();
"""
KEPT_REPORTS = """
CREATE TRIGGER finances_keptreport_stays BEFORE UPDATE OR DELETE ON finances_keptreport
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
KEPT_REPORTS_BACK = """DROP TRIGGER finances_keptreport_stays ON finances_keptreport;"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0003_money_whole"), ("core", "0002_audit_is_append_only")]
    operations = [
        migrations.RunSQL(CASH_STAYS_COUNTED, CASH_STAYS_COUNTED_BACK),
        migrations.RunSQL(DOCUMENTS_STAY_AS_ISSUED, DOCUMENTS_STAY_AS_ISSUED_BACK),
        migrations.RunSQL(DOCUMENTS_GET_NUMBERS, DOCUMENTS_GET_NUMBERS_BACK),
        migrations.RunSQL(CLOSED_MONTHS_STAY_CLOSED, CLOSED_MONTHS_STAY_CLOSED_BACK),
        migrations.RunSQL(SHARED_TIPS_ARE_THE_TIP, SHARED_TIPS_ARE_THE_TIP_BACK),
        migrations.RunSQL(KEPT_REPORTS, KEPT_REPORTS_BACK),
    ]
