"""Additions are part of the picture that booking keeps in memory: a change of them replaces it."""

from django.db import migrations

TABLES = ["spa_addon", "spa_addon_services"]
FORWARD = "".join(
    f"""
CREATE TRIGGER {table}_bumps_studioversion
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION spa_bump_studioversion();
"""
    for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER {table}_bumps_studioversion ON {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("spa", "0012_engine")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
