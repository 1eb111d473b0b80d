"""Addresses as they are shown. Pure."""


def masked_address(address: str) -> str:
    """A telephone number or e-mail address of which just enough shows to recognise one's own."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    digits = address.removeprefix("+86")
    return f"{digits[:3]}••••{digits[-4:]}" if len(digits) > 7 else f"•••{digits[-2:]}"
