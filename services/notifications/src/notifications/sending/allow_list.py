"""Who may be written to outside production: whoever is listed, and nobody else. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AllowList:
    """Addresses, ``@domain``s and telephone prefixes (``+86138*``) that may be written to, besides sample people.

    `everybody` is production, or a list of ``*`` where all that is sent ends in a mailbox.
    """

    entries: frozenset[str]
    everybody: bool = False

    @classmethod
    def parse(cls, text: str, *, everybody: bool) -> "AllowList":
        entries = frozenset(entry.strip().lower() for entry in text.split(",") if entry.strip())
        return cls(entries - {"*"}, everybody or "*" in entries)

    def allows(self, address: str, *, sample: bool) -> bool:
        """Whether that address may be written to; `sample` says that its person is sample data."""
        address = address.lower()
        if self.everybody or sample or address in self.entries:
            return True
        domain = address.rpartition("@")[2] if "@" in address else None
        if domain is not None:
            return f"@{domain}" in self.entries
        return any(entry.endswith("*") and address.startswith(entry[:-1]) and entry != "*" for entry in self.entries)
