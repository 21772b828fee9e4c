"""Why the studio says no; a module for each activity, one name for all: `errors.SlotTaken`."""

from spa.errors.booking import *  # noqa: F403
from spa.errors.calendar import *  # noqa: F403
from spa.errors.classes import *  # noqa: F403
from spa.errors.moving import *  # noqa: F403
from spa.errors.packages import *  # noqa: F403
from spa.errors.series import *  # noqa: F403
from spa.errors.visits import *  # noqa: F403
from spa.errors.waitlist import *  # noqa: F403
