"""Addresses to go on to after signing in."""


def safe_address(address: str | None) -> str:
    """An address of this service to go on to; anything that could lead elsewhere becomes the first page."""
    if not address or not address.startswith("/") or address[1:2] in ("/", "\\") or not address.isprintable():
        return "/"
    return address
