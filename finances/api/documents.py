"""Sales documents and receipts over HTTP; clients see their own, staff all."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPerson
from core.api.renderers import JSONRenderer
from finances import errors
from finances.api.documents_shapes import SalesDocumentOutput, SalesDocumentWholeOutput
from finances.api.filters import SalesDocumentFilter
from finances.api.views import visible_to
from finances.domain.printing import Paper, draw
from finances.models import SalesDocument
from finances.selectors.documents import get_document, list_documents, list_ways_paid
from finances.selectors.papers import print_document, print_receipt
from users.types import AuthenticatedRequest

TAGS = ["finanzas"]
PDF = "application/pdf"


class PdfRenderer(JSONRenderer):
    """Lets a caller ask for a PDF; a problem is told as ever."""

    media_type = PDF
    format = "pdf"


def answer_pdf(paper: Paper, *, name: str) -> HttpResponse:
    """The paper, to look at or to keep."""
    answer = HttpResponse(draw(paper), content_type=PDF)
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@extend_schema_view(
    get=extend_schema(summary="Documentos de venta, del más reciente al más antiguo", tags=TAGS)
)
class SalesDocumentsView(ListAPIView[SalesDocument]):
    """What was sold to me; staff see all."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "payments"
    serializer_class = SalesDocumentOutput
    filterset_class = SalesDocumentFilter
    queryset = SalesDocument.objects.none()

    def get_queryset(self) -> QuerySet[SalesDocument]:
        return list_documents(client_id=visible_to(self.request))


class SalesDocumentView(APIView):
    """One document of mine; staff see all."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    refusals = {"GET": (errors.DocumentUnknown,)}

    @extend_schema(
        summary="Un documento de venta, sus líneas y cómo se pagó",
        tags=TAGS,
        responses=SalesDocumentWholeOutput,
    )
    def get(self, request: AuthenticatedRequest, document_id: UUID) -> Response:
        """404 for somebody else's, as for none."""
        document = get_document(document_id=document_id, client_id=visible_to(request))
        context: dict[str, Any] = {"paid_by": list_ways_paid(document)}
        return Response(SalesDocumentWholeOutput(document, context=context).data)


class SalesDocumentPdfView(APIView):
    """One document as PDF."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    renderer_classes = [JSONRenderer, PdfRenderer]
    refusals = {"GET": (errors.DocumentUnknown,)}

    @extend_schema(
        summary="Un documento de venta en PDF",
        tags=TAGS,
        responses={(200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="PDF")},
    )
    def get(self, request: AuthenticatedRequest, document_id: UUID) -> HttpResponse:
        """The same document gives the same bytes."""
        document = get_document(document_id=document_id, client_id=visible_to(request))
        return answer_pdf(print_document(document), name=str(document))


class ReceiptView(APIView):
    """A receipt for a payment of mine, online or in person; staff see all."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    renderer_classes = [JSONRenderer, PdfRenderer]
    refusals = {"GET": (errors.PaymentUnknown, errors.PaymentNotPaid)}

    @extend_schema(
        summary="El recibo de un pago, en PDF",
        tags=TAGS,
        responses={(200, PDF): OpenApiResponse(OpenApiTypes.BINARY, description="PDF")},
    )
    def get(self, request: AuthenticatedRequest, payment_id: UUID) -> HttpResponse:
        """409 while the money has not come."""
        paper = print_receipt(payment_id=payment_id, client_id=visible_to(request))
        return answer_pdf(paper, name=f"recibo-{payment_id}")
