"""Documents get their numbers while their transaction commits (FIN-09)."""

from django.db import migrations

FORWARD = """
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
BACKWARD = """
DROP TRIGGER finances_salesdocument_append_only ON finances_salesdocument;
DROP FUNCTION finances_refuse_reissue();
CREATE TRIGGER finances_salesdocument_append_only BEFORE UPDATE OR DELETE ON finances_salesdocument
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
DROP TRIGGER finances_salesdocument_numbered ON finances_salesdocument;
DROP FUNCTION finances_number_documents();
"""


class Migration(migrations.Migration):
    dependencies = [("finances", "0016_documents_numbered_at_commit")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
