"""What several operations may refuse, named once for the document (CORE-14)."""

from finances import errors as money
from spa import errors

# What may be wrong with what is asked for, whenever it would be.
ASKING = (
    errors.ServiceNotOffered,
    errors.AddOnNotOffered,
    errors.ServicesDoNotCombine,
    errors.StaffNotAble,
    errors.LocationNotFound,
    errors.LocationMissing,
)
VOUCHERS = (
    money.VoucherUnknown,
    money.VoucherNotValidNow,
    money.VoucherUsedUp,
    money.VoucherLimitReached,
    money.VoucherNotForThis,
    money.VoucherSpendTooLittle,
    money.VoucherDoesNotCombine,
)
# What may be wrong with the ways to pay for a visit, besides money.
PAYING = (
    errors.PackageNotFound,
    errors.PackageNotForThis,
    errors.PackageUsedUp,
    errors.PackageExpiresBefore,
    *VOUCHERS,
)
