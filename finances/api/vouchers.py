"""Vouchers over HTTP: what a code is good for. What it takes off is the quote's to say."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPerson
from finances import errors
from finances.api.vouchers_shapes import VoucherInput, VoucherOutput
from finances.selectors.vouchers import get_usable_voucher
from users.types import AuthenticatedRequest


class VoucherCheckView(APIView):
    """Whether a code is of use to me. Counted narrowly: codes must not be guessed."""

    permission_classes = [IsPerson]
    throttle_scope = "vouchers"
    refusals = {
        "POST": (
            errors.VoucherUnknown,
            errors.VoucherNotValidNow,
            errors.VoucherUsedUp,
            errors.VoucherLimitReached,
        )
    }

    @extend_schema(
        tags=["finanzas"],
        summary="Consultar un cupón",
        request=VoucherInput,
        responses={200: VoucherOutput},
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """What it promises, if I can use it now; nothing is reserved."""
        asked = VoucherInput.parse(request.data)
        voucher = get_usable_voucher(
            code=asked["code"], client_id=request.user.pk, now=timezone.now()
        )
        return Response(VoucherOutput(voucher).data)
