"""Which gateway takes the money."""

from finances.gateways.books_port import ProviderBooks
from finances.gateways.port import Gateway
from finances.gateways.refunds_port import RefundGateway
from finances.gateways.wompi import WompiGateway
from finances.gateways.wompi_books import WompiBooks
from finances.gateways.wompi_refunds import WompiRefunds


def gateway() -> Gateway:
    """The one there is; it reads its settings when it is called."""
    return WompiGateway()


def refund_gateway() -> RefundGateway:
    """The same, where it gives money back."""
    return WompiRefunds()


def provider_books() -> ProviderBooks:
    """The providers' own lists."""
    return WompiBooks()
