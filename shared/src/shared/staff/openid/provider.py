"""Talking to an OpenID provider: what it says of itself, its keys, codes for tokens, and whether a token is good.

OpenID Connect Core 1.0 (sections 3.1.2 and 3.1.3), Discovery 1.0, Back-Channel Logout 1.0, RFC 7636, RFC 9207.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.clock import Clock, utc_now
from shared.staff.openid.person import SignedIn
from shared.staff.openid.settings import OpenIdSettings

ALGORITHMS = ["RS256", "ES256", "PS256", "EdDSA", "Ed25519"]
"""Signatures that are believed: none that needs the client's secret, and never ``none``."""
TIMEOUT = httpx.Timeout(5.0)
METADATA_KEPT = 600.0
KEYS_NOT_ASKED_AGAIN = 10.0
LEEWAY = 60
"""Seconds by which two clocks may differ."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderAway(Exception):
    """The provider cannot be reached, or does not answer as one."""


class NotBelieved(Exception):
    """The provider refused, or what it (or somebody in its name) sent does not hold. ``code`` is stable."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class Provider:
    """One provider, as one process sees it. Metadata and keys are remembered; threads may share it."""

    def __init__(self, settings: OpenIdSettings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self._clock = clock
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        self._lock = threading.Lock()
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address_to_sign_in(self, *, state: str, nonce: str, verifier: str, language: str) -> str:
        """Where the browser goes to sign in. ProviderAway when the provider cannot be asked where that is."""
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return f"{self.metadata()['authorization_endpoint']}?{urlencode(query)}"

    def address_to_sign_out(self, id_token: str | None) -> str | None:
        """Where the browser goes to end the session at the provider too; None when it offers no such place."""
        endpoint = self.metadata().get("end_session_endpoint")
        if not endpoint:
            return None
        query = {"client_id": self.settings.client_id, "post_logout_redirect_uri": self.settings.after_sign_out}
        if id_token:
            query["id_token_hint"] = id_token
        return f"{endpoint}?{urlencode(query)}"

    def exchange(self, code: str, verifier: str, nonce: str, *, issuer: str | None) -> SignedIn:
        """Exchange the code that came with the browser for an ID token, and believe it only if all holds.

        ``issuer`` is the ``iss`` that stood beside the code (RFC 9207). Raises NotBelieved or ProviderAway.
        """
        metadata = self.metadata()
        said = metadata.get("authorization_response_iss_parameter_supported")
        if (issuer is not None or said) and issuer != self.settings.issuer:
            raise NotBelieved("wrong-issuer", "the code came in another provider's name")
        answer = self._post(
            self._inside(metadata["token_endpoint"]),
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.settings.redirect_uri,
                "code_verifier": verifier,
            },
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotBelieved("no-id-token")
        return self._read_id_token(token, nonce, answer.get("access_token"))

    def read_logout_token(self, token: str) -> Mapping[str, Any]:
        """The claims of a logout token (Back-Channel Logout 1.0, section 2.6); NotBelieved when it does not hold."""
        claims = self._claims(token, typ="logout+jwt")
        self._check_addressee(claims)
        self._check_times(claims)
        events = claims.get("events")
        if "nonce" in claims or not isinstance(events, dict) or LOGOUT_EVENT not in events:
            raise NotBelieved("no-logout-token")
        if not claims.get("sid") and not claims.get("sub"):
            raise NotBelieved("no-logout-token", "it names neither session nor person")
        return claims

    def metadata(self) -> dict[str, Any]:
        """What the provider says of itself, remembered for ten minutes. ProviderAway, or NotBelieved."""
        with self._lock:
            if self._metadata is not None and time.monotonic() - self._metadata[0] < METADATA_KEPT:
                return self._metadata[1]
            try:
                found = self._get(f"{self.settings.internal_url}/.well-known/openid-configuration")
            except ProviderAway:
                if self._metadata is not None:
                    return self._metadata[1]
                raise
            if found.get("issuer", "").rstrip("/") != self.settings.issuer or any(not found.get(n) for n in _NEEDED):
                raise NotBelieved("wrong-issuer", "the provider calls itself otherwise")
            self._metadata = (time.monotonic(), found)
            return found

    def _read_id_token(self, token: str, nonce: str, access_token: object) -> SignedIn:
        claims = self._claims(token)
        self._check_addressee(claims)
        self._check_times(claims)
        if claims.get("nonce") != nonce:
            raise NotBelieved("wrong-nonce", "the answer belongs to another sign-in")
        params = {"client_id": self.settings.client_id, "nonce": nonce, "access_token": access_token}
        checked = CodeIDToken(claims, {"alg": "RS256"}, {}, params)
        try:
            checked.validate(now=int(self._clock().timestamp()), leeway=LEEWAY)
        except JoseError as error:
            raise NotBelieved("bad-id-token", str(error)) from error
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject or len(subject) > 255:
            raise NotBelieved("bad-id-token", "no subject")
        return SignedIn(subject, claims, token)

    def _check_addressee(self, claims: Mapping[str, Any]) -> None:
        if claims.get("iss") != self.metadata()["issuer"]:
            raise NotBelieved("wrong-issuer")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self.settings.client_id not in audiences:
            raise NotBelieved("wrong-audience")
        if len(audiences) > 1 and claims.get("azp") != self.settings.client_id:
            raise NotBelieved("wrong-audience", "it was made for another client")

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._clock().timestamp()
        expires, issued = claims.get("exp"), claims.get("iat")
        if not isinstance(issued, int | float) or issued > now + LEEWAY:
            raise NotBelieved("expired", "it was made in the future")
        if not isinstance(expires, int | float) or expires < now - LEEWAY:
            raise NotBelieved("expired")

    def _claims(self, token: str, typ: str | None = None) -> dict[str, Any]:
        for fresh in (False, True):
            keys = self._key_set(fresh=fresh)
            try:
                decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError) as error:
                if not fresh:
                    continue  # the provider may have changed its keys: ask for them once more
                raise NotBelieved("bad-signature", type(error).__name__) from error
            given = str(decoded.header.get("typ", "")).lower()
            if typ is not None and given not in ("", "jwt", typ):
                raise NotBelieved("no-logout-token", "another type of token")
            return dict(decoded.claims)
        raise AssertionError("unreachable")

    def _key_set(self, *, fresh: bool) -> KeySet:
        address = self._inside(self.metadata()["jwks_uri"])
        with self._lock:
            known = self._keys
            if known is not None and (not fresh or time.monotonic() - known[0] < KEYS_NOT_ASKED_AGAIN):
                return known[1]
            try:
                keys = KeySet.import_key_set(self._get(address))  # type: ignore[arg-type]
            except (JoseError, ValueError, KeyError) as error:
                raise ProviderAway("the provider's keys cannot be read") from error
            self._keys = (time.monotonic(), keys)
            return keys

    def _inside(self, address: str) -> str:
        """The address at which this process reaches what browsers reach under the issuer's name."""
        if self.settings.internal_url != self.settings.issuer and address.startswith(f"{self.settings.issuer}/"):
            return self.settings.internal_url + address.removeprefix(self.settings.issuer)
        return address

    def _get(self, address: str) -> dict[str, Any]:
        try:
            answer = self._client.get(address, headers={"Accept": "application/json"})
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway(f"{type(error).__name__} from {address}") from error
        if not isinstance(found, dict):
            raise ProviderAway(f"no JSON object from {address}")
        return found

    def _post(self, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = self._client.post(
                address, data=dict(form), auth=(self.settings.client_id, self.settings.client_secret)
            )
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway(f"{type(error).__name__} from {address}") from error
        if answer.status_code >= 500:
            raise ProviderAway(f"status {answer.status_code} from {address}")
        if answer.status_code != 200 or not isinstance(found, dict):
            reason = found.get("error") if isinstance(found, dict) else None
            raise NotBelieved("refused-by-provider", str(reason or answer.status_code)[:80])
        return found
