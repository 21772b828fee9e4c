"""Pictures of what the studio offers (SPA-01)."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from core.images import remove_after_commit, unguessable_name
from core.models import BaseModel
from spa.models.catalogue import Service

IMAGES_PER_SERVICE = 8


def where_to_store(image: "ServiceImage", uploaded_as: str) -> str:
    """A name that owes nothing to the one it was uploaded under."""
    return unguessable_name("services")


class ServiceImage(BaseModel):
    """One picture of a service, as `core.images` drew it; the first one is the face of it.

    Its file goes when the row goes, or names another one. Services are hidden, never deleted, and
    keep their pictures.
    """

    service = models.ForeignKey(
        Service,
        models.CASCADE,
        related_name="images",
        verbose_name="servicio",
        db_index=False,  # the constraint below begins with it
    )
    file = models.ImageField(
        "imagen", upload_to=where_to_store, width_field="width", height_field="height"
    )
    alt = models.CharField(
        "texto alternativo",
        max_length=200,
        help_text="Qué se ve, para quien no lo ve",
    )
    # Places are few and each is taken once, so there are never more pictures than places.
    position = models.PositiveSmallIntegerField(
        "orden",
        default=IMAGES_PER_SERVICE,
        validators=[MinValueValidator(1), MaxValueValidator(IMAGES_PER_SERVICE)],
    )
    width = models.PositiveSmallIntegerField(editable=False)
    height = models.PositiveSmallIntegerField(editable=False)

    class Meta:
        verbose_name = "imagen"
        verbose_name_plural = "imágenes"
        constraints = [
            # At commit: pictures change places with each other.
            models.UniqueConstraint(
                name="spa_serviceimage_one_per_position",
                fields=["service", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="spa_serviceimage_few_positions",
                condition=Q(position__gte=1, position__lte=IMAGES_PER_SERVICE),
            ),
            models.CheckConstraint(
                name="spa_serviceimage_says_what_it_shows", condition=~Q(alt="")
            ),
            models.CheckConstraint(
                name="spa_serviceimage_has_a_file",
                condition=~Q(file="") & Q(width__gte=1, height__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return self.alt

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; a file that was replaced goes once that is certain."""
        before = ServiceImage.objects.filter(pk=self.pk).values_list("file", flat=True).first()
        super().save(*args, **kwargs)
        if before and before != self.file.name:
            remove_after_commit(self.file.storage, before)

    def delete(self, using: Any = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Forget it; its file goes once that is certain."""
        storage, name = self.file.storage, str(self.file.name)
        done = super().delete(using=using, keep_parents=keep_parents)
        remove_after_commit(storage, name)
        return done
