"""What documents promise, by the database's own hand (FIN-09)."""

from django.db import migrations

FORWARD = """
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
BACKWARD = """
DROP TRIGGER finances_documentseries_keeps_counting ON finances_documentseries;
DROP FUNCTION finances_refuse_counting_back();
DROP TRIGGER finances_salesline_append_only ON finances_salesline;
DROP TRIGGER finances_salesdocument_append_only ON finances_salesdocument;
DROP TRIGGER finances_salesline_written_once ON finances_salesline;
DROP FUNCTION finances_refuse_late_lines();
DROP TRIGGER finances_salesdocument_is_its_lines ON finances_salesdocument;
DROP FUNCTION finances_refuse_unlike_lines();
"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0013_sales_documents")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
