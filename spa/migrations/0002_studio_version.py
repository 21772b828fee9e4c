"""A version of everything booking keeps in memory: any change replaces it, in its own transaction."""

from django.db import migrations

TABLES = [
    "core_location",
    "core_openinghours",
    "core_holiday",
    "spa_service",
    "spa_service_locations",
    "spa_addon",
    "spa_addon_services",
    "spa_resource",
    "spa_staffmember",
    "spa_staffmember_skills",
    "spa_weeklyhours",
    "spa_scheduleexception",
]

FORWARD = """
CREATE TABLE spa_studioversion (
    id smallint PRIMARY KEY DEFAULT 1 CONSTRAINT spa_studioversion_single_row CHECK (id = 1),
    version uuid NOT NULL
);
INSERT INTO spa_studioversion (version) VALUES (gen_random_uuid());
CREATE FUNCTION spa_bump_studioversion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A fresh value rather than a count: a rolled-back change can never share its number.
    INSERT INTO spa_studioversion (version) VALUES (gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET version = excluded.version;
    RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_bumps_studioversion
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION spa_bump_studioversion();
"""
    for table in TABLES
)
BACKWARD = (
    "".join(f"DROP TRIGGER {table}_bumps_studioversion ON {table};" for table in TABLES)
    + "DROP FUNCTION spa_bump_studioversion(); DROP TABLE spa_studioversion;"
)


class Migration(migrations.Migration):
    dependencies = [("spa", "0001_initial"), ("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
