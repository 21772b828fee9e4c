"""Settings, one topic a module; every value comes from the environment through `env`."""

from studiozens.settings.admin import *  # noqa: F403
from studiozens.settings.api import *  # noqa: F403
from studiozens.settings.base import *  # noqa: F403
from studiozens.settings.database import *  # noqa: F403
from studiozens.settings.env import env
from studiozens.settings.logs import *  # noqa: F403
from studiozens.settings.providers import *  # noqa: F403
from studiozens.settings.security import *  # noqa: F403
from studiozens.settings.tasks import *  # noqa: F403

if env.name == "test":
    from studiozens.settings.test import *  # noqa: F403

env.finish()
