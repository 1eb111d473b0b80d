"""Signatures of requests as Aliyun and Tencent Cloud define them. Pure.

Aliyun: "Request syntax and signature method V3" (ACS3-HMAC-SHA256). Tencent Cloud: "Signature v3"
(TC3-HMAC-SHA256).
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Sorted by name, percent-encoded as RFC 3986 wants it."""
    return "&".join(f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}" for name in sorted(parameters))


def acs3_headers(
    *,
    host: str,
    action: str,
    version: str,
    parameters: Mapping[str, str],
    key_id: str,
    secret: str,
    now: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers of a POST without a body to ``https://host/?parameters``."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _sha256(b""),
        "x-acs-date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n{canonical_query(parameters)}\n{lines}\n{names}\n{headers['x-acs-content-sha256']}"
    signature = _hmac(secret.encode(), f"ACS3-HMAC-SHA256\n{_sha256(request.encode())}").hex()
    headers["Authorization"] = f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"
    return headers


def tc3_authorization(*, host: str, service: str, body: bytes, key_id: str, secret: str, timestamp: int) -> str:
    """The Authorization header of a POST of JSON to ``https://host/``; `timestamp` in seconds since 1970."""
    day = datetime.fromtimestamp(timestamp, UTC).date().isoformat()
    scope = f"{day}/{service}/tc3_request"
    signed = "content-type;host"
    headers = f"content-type:application/json; charset=utf-8\nhost:{host}\n"
    request = f"POST\n/\n\n{headers}\n{signed}\n{_sha256(body)}"
    to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{_sha256(request.encode())}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = _hmac(key, part)
    return f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={signed}, Signature={_hmac(key, to_sign).hex()}"
