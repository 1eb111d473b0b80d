"""Which provider this service asks, and whether passwords of its own still count beside it."""

from dataclasses import dataclass

from shared.settings import Settings

BUILT_IN = "membership"
"""The service that is the provider for the others where no other one is named."""


@dataclass(frozen=True)
class OpenIdSettings:
    """``issuer`` as it stands in tokens; ``internal_url`` is where this process reaches it.

    ``local_accounts`` says whether a password of this service opens it too.
    """

    enabled: bool
    issuer: str
    internal_url: str
    client_id: str
    client_secret: str
    redirect_uri: str
    after_sign_out: str
    local_accounts: bool


def openid_settings(settings: Settings) -> OpenIdSettings:
    """Read ``OIDC_ISSUER``, ``OIDC_INTERNAL_URL``, ``OIDC_CLIENT_ID``, ``OIDC_CLIENT_SECRET`` and ``LOCAL_ACCOUNTS``.

    A provider is asked where there is a client secret. Membership, which is the provider, asks one only where
    ``OIDC_ISSUER`` names another. Once a provider is asked, local accounts are off unless ``LOCAL_ACCOUNTS=on``.
    ValueError when the issuer is no https address, or http beyond this machine.
    """
    environ = settings.environ
    issuer = (environ.get("OIDC_ISSUER") or settings.service_urls[BUILT_IN]).rstrip("/")
    secret = environ.get("OIDC_CLIENT_SECRET", "")
    is_provider = settings.service == BUILT_IN and issuer == settings.service_urls[BUILT_IN].rstrip("/")
    enabled = bool(secret) and not is_provider
    if enabled and settings.production and not issuer.startswith("https://") and not _on_this_machine(issuer):
        raise ValueError("OIDC_ISSUER must be an https address")
    local = environ.get("LOCAL_ACCOUNTS", "off" if enabled else "on")
    if local not in ("on", "off"):
        raise ValueError("LOCAL_ACCOUNTS must be on or off")
    base = settings.public_url.rstrip("/")
    return OpenIdSettings(
        enabled=enabled,
        issuer=issuer,
        internal_url=(environ.get("OIDC_INTERNAL_URL") or issuer).rstrip("/"),
        client_id=environ.get("OIDC_CLIENT_ID") or settings.service,
        client_secret=secret,
        redirect_uri=f"{base}/sign-in/callback",
        after_sign_out=f"{base}/signed-out",
        local_accounts=local == "on" or not enabled,
    )


def _on_this_machine(address: str) -> bool:
    return address.startswith(("http://127.0.0.1:", "http://localhost:", "http://[::1]:"))
