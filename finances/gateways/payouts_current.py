"""Which provider pays to banks."""

from finances.gateways.payouts_port import PayoutsGateway
from finances.gateways.wompi_payouts import WompiPayouts


def payouts_gateway() -> PayoutsGateway:
    """The one there is; it reads its settings when it is called."""
    return WompiPayouts()
