"""Shapes of what one pays with, besides money."""

from rest_framework import serializers

from core.api.serializers import InputSerializer

MOST_VOUCHERS = 5


class VouchersInput(InputSerializer):
    """A voucher, or several that combine: the order does not matter."""

    voucher = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)
    vouchers = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        default=list,
        max_length=MOST_VOUCHERS,
    )


class WishesInput(VouchersInput):
    """Vouchers, a package's code or identifier, and whether to use credit."""

    package = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)
    use_credit = serializers.BooleanField(required=False, default=False)
