"""Which gateway takes the money."""

from finances.gateways.port import Gateway
from finances.gateways.wompi import WompiGateway


def gateway() -> Gateway:
    """The one there is; it reads its settings when it is called."""
    return WompiGateway()
