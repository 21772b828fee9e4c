from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("spa", "0004_service_images"),
    ]

    operations = [
        migrations.AlterField(
            model_name="waitlistskip",
            name="reason",
            field=models.CharField(
                choices=[
                    ("not_offered", "Los servicios ya no se ofrecen ahí"),
                    ("staff_not_able", "La persona elegida ya no los presta"),
                    ("not_free", "No cabe en lo que se liberó"),
                    ("other_times", "Pidió otras fechas u horas"),
                    ("offered_before", "Ya se le había ofrecido ese tiempo"),
                    ("too_near", "Muy cerca de la hora para avisarle"),
                    ("barred", "Persona no grata o inactiva"),
                    ("limit_reached", "Ya tiene el máximo de citas o reservas"),
                    ("debt_open", "Debe una visita anterior"),
                    ("lost", "Alguien lo tomó en ese instante"),
                ],
                max_length=16,
                verbose_name="motivo",
            ),
        ),
    ]
