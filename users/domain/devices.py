"""What a browser says about itself, in words a person recognises."""

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
LONGEST = 80


def describe_device(user_agent: str) -> str:
    """A name such as "Chrome en Android"; the program's own first word when it is no browser.

    Only a label: nothing is decided by it, because anybody can write any `User-Agent` (NA-06).
    """
    browser = _first_found(BROWSERS, user_agent)
    system = _first_found(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} en {system}"
    words = "".join(c for c in user_agent if c.isprintable()).split()
    return (browser or system or (words[0] if words else "Dispositivo sin nombre"))[:LONGEST]


def _first_found(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for mark, name in marks if mark in text), "")
