"""OAuth 2 client-credential tokens: signed by the issuer's key, for this service, now.

Only asymmetric signatures are taken: with HS256 the issuer's public key would serve as a secret, and
`none` is no signature at all.  Keys come from the configured set alone, never from the token's header.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Final

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from api.settings import Settings

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA", "Ed25519")
"""EdDSA and Ed25519 are the older and the newer name (RFC 9864) of one algorithm."""
LEEWAY_SECONDS: Final = 30
REFETCH_SECONDS_MIN: Final = 30
"""Keys are fetched at most this often, however many tokens name keys that are not known."""
KEYS_SECONDS_MAX: Final = 600
"""Keys are fetched again after this time, so that one the issuer withdrew is not trusted for ever."""

_FETCH_SECONDS_MAX: Final = 5
_JWKS_BYTES_MAX: Final = 1 << 20
_log = structlog.get_logger(__name__)

_KEYS_IN_HEADER: Final = frozenset({"jwk", "jku", "x5u", "x5c"})


class TokenError(Exception):
    """The token is not valid here, or there are no keys to check it with."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    client: str
    scopes: tuple[str, ...]
    schools: tuple[str, ...]
    expires: datetime


class _Registry(JWSRegistry):
    """The library's, without its advice on names: both names of Ed25519 are taken."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


class Tokens:
    """Checks tokens of one issuer."""

    def __init__(self, issuer: str, audience: str, load: Callable[[], KeySet]) -> None:
        """`load` gives the issuer's keys; it raises TokenError where it cannot."""
        self._load = load
        self._keys: KeySet | None = None
        self._loaded_at = -float("inf")
        self._loading = Lock()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )

    @classmethod
    def configured(cls, settings: Settings) -> "Tokens | None":
        """As the settings say; None where no issuer is configured."""
        if settings.jwt_issuer is None or settings.jwt_audience is None:
            return None
        file, url = settings.jwks_file, settings.jwks_url
        if file is not None:
            return cls(settings.jwt_issuer, settings.jwt_audience, lambda: _from_file(file))
        if url is not None:
            return cls(settings.jwt_issuer, settings.jwt_audience, lambda: _from_url(url))
        return None

    def verified(self, token: str) -> Claims:
        """What the token says, where it is valid.  Raises TokenError."""
        try:
            try:
                found = self._decoded(token, refetch=False)
            except InvalidKeyIdError:
                found = self._decoded(token, refetch=True)
            self._claims.validate(found.claims)
            if _KEYS_IN_HEADER & found.header.keys():
                raise TokenError
            return _read(found.claims)
        except (JoseError, ValueError, TypeError, KeyError, OverflowError, OSError) as error:
            raise TokenError from error

    def _decoded(self, token: str, *, refetch: bool) -> jwt.Token:
        keys = self._known_keys(refetch=refetch)
        return jwt.decode(token, keys, list(ALGORITHMS), _Registry(algorithms=list(ALGORITHMS)))

    def _known_keys(self, *, refetch: bool) -> KeySet:
        with self._loading:
            age = monotonic() - self._loaded_at
            wanted = refetch or self._keys is None or age > KEYS_SECONDS_MAX
            if wanted and age > REFETCH_SECONDS_MIN:
                self._loaded_at = monotonic()
                try:
                    self._keys = self._load()
                except (TokenError, JoseError, ValueError, OSError) as error:
                    # Those at hand serve on: an issuer that is away must not close every school.
                    _log.warning("issuer_keys_not_loaded", error=type(error).__name__)
            if self._keys is None:
                raise TokenError
            return self._keys


def _read(claims: dict[str, Any]) -> Claims:
    client = claims.get("client_id") or claims.get("azp") or claims.get("sub")
    schools, scope = claims.get("schools", []), claims.get("scope", "")
    listed = isinstance(schools, list) and all(isinstance(school, str) for school in schools)
    if not isinstance(client, str) or not isinstance(scope, str) or not listed:
        raise TokenError
    expires = datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, UTC)
    return Claims(client, tuple(scope.split()), tuple(schools), expires)


def _from_file(path: Path) -> KeySet:
    return KeySet.import_key_set(json.loads(path.read_bytes()))


def _from_url(url: str) -> KeySet:
    """Straight from the configured address: no redirects, no proxy of the environment."""
    try:
        with (
            httpx.Client(trust_env=False, follow_redirects=False) as client,
            client.stream("GET", url, timeout=_FETCH_SECONDS_MAX) as answer,
        ):
            answer.raise_for_status()
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > _JWKS_BYTES_MAX:
                    raise TokenError
    except httpx.HTTPError as error:
        raise TokenError from error
    return KeySet.import_key_set(json.loads(content))
