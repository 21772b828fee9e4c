"""Why money says no; a module for each activity, one name for all: `errors.PaymentUnknown`."""

from finances.errors.adjustments import *  # noqa: F403
from finances.errors.cash import *  # noqa: F403
from finances.errors.charges import *  # noqa: F403
from finances.errors.counter import *  # noqa: F403
from finances.errors.documents import *  # noqa: F403
from finances.errors.gateway import *  # noqa: F403
from finances.errors.payouts import *  # noqa: F403
from finances.errors.periods import *  # noqa: F403
from finances.errors.reconciliation import *  # noqa: F403
from finances.errors.refunds import *  # noqa: F403
from finances.errors.reports import *  # noqa: F403
from finances.errors.sources import *  # noqa: F403
from finances.errors.subscriptions import *  # noqa: F403
from finances.errors.vouchers import *  # noqa: F403
