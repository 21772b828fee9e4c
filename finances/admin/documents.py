"""Sales documents, to look at and to print; the prefix of numbers, until the first is given."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from unfold.decorators import action

from core.admin import AuditedAdmin, ReadOnlyAdmin, ReadOnlyInline
from finances.domain.printing import draw
from finances.models import DocumentSeries, SalesDocument, SalesLine
from finances.selectors.documents import get_document
from finances.selectors.papers import print_document


class SalesLineInline(ReadOnlyInline):
    """What was sold."""

    model = SalesLine
    fields = [
        "description", "staff_name", "category_name", "list_price", "discount", "tax_category",
        "tax", "total",
    ]  # fmt: skip
    ordering = ["position"]


@admin.register(SalesDocument)
class SalesDocumentAdmin(ReadOnlyAdmin):
    """Documents; nobody changes one, a credit note takes it back."""

    list_display = ["__str__", "kind", "issued_at", "client", "location", "tax", "total"]
    list_filter = ["kind", "location", "account"]
    list_select_related = ["series", "client", "location"]
    search_fields = [
        "number", "client__phone", "client__first_name", "client__last_name", "payable_id",
    ]  # fmt: skip
    date_hierarchy = "issued_at"
    ordering = ["-issued_at"]
    inlines = [SalesLineInline]
    actions_detail = ["pdf"]

    @action(description=_("PDF"), url_path="pdf", permissions=["view"], icon="picture_as_pdf")
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """To print."""
        document = get_document(document_id=UUID(object_id), client_id=None)
        answer = HttpResponse(draw(print_document(document)), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{document}.pdf"'
        return answer


@admin.register(DocumentSeries)
class DocumentSeriesAdmin(AuditedAdmin):
    """One for each place and kind; who makes it before the first document chooses its prefix."""

    list_display = ["__str__", "location", "kind", "last_number"]
    list_select_related = ["location"]
    fields = ["location", "kind", "prefix", "last_number"]
    ordering = ["pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What numbers are given under stays what it is."""
        if obj is None:
            return ["last_number"]
        used = ["prefix"] if obj.last_number else []
        return ["location", "kind", "last_number", *used]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Numbers are never given twice."""
        return False
