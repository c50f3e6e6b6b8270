"""OAuth 2 tokens beside keys: whose signature is taken, and for whom, when and what."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from api.jwt import LEEWAY_SECONDS, TokenError, Tokens
from api.settings import Settings
from ledger.store.database import Addresses
from tests.api.conftest import SchoolWorld, opened, served

ISSUER, AUDIENCE = "https://issuer.example", "attendance-ledger"


@cache
def _keys() -> dict[str, Any]:
    """The issuer's keys, and a stranger's that goes by the name of one of them."""
    return {
        "RS256": RSAKey.generate_key(2048, {"kid": "rsa"}),
        "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
        "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
        "stranger": RSAKey.generate_key(2048, {"kid": "rsa"}),
    }


def _jwks() -> dict[str, Any]:
    own = (key for name, key in _keys().items() if name != "stranger")
    return {"keys": [key.as_dict(private=False) for key in own]}


def _claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": now + 600,
        "nbf": now - 5,
        "client_id": "MIS vendor",
        "scope": "attendance:read school:read unknown",
        "schools": ["199999"],
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def _token(algorithm: str = "RS256", key: Any = None, header: Any = None, **changed: Any) -> str:
    key = key or _keys()[algorithm]
    protected = {"alg": algorithm, "kid": key.kid, **(header or {})}
    return jwt.encode(protected, _claims(**changed), key, [algorithm])


@pytest.fixture(scope="module")
def guarded(
    addresses: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A server that also takes tokens of one issuer."""
    folder: Path = tmp_path_factory.mktemp("tokens")
    (folder / "jwks.json").write_text(json.dumps(_jwks()))
    settings = Settings(
        data_dir=folder,
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
        jwks_file=folder / "jwks.json",
    )
    with (
        opened(addresses, settings, folder / "key") as service,
        served(service) as address,
        httpx.Client(base_url=address) as http,
    ):
        yield http


def _get(http: httpx.Client, token: str, path: str = "/v1/schools/199999") -> int:
    return http.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "Ed25519"])
def test_a_token_of_the_issuer_is_taken(
    guarded: httpx.Client, read_only: SchoolWorld, algorithm: str
) -> None:
    """A token signed by one of the issuer's keys lets its client in, within its scopes and schools."""
    token = _token(algorithm)
    assert 200 == _get(guarded, token)
    assert 403 == _get(guarded, token, "/v1/schools/199999/leave")
    assert 404 == _get(guarded, token, "/v1/schools/188888")


def test_the_older_name_of_ed25519_is_taken(guarded: httpx.Client, read_only: SchoolWorld) -> None:
    """`EdDSA` is the name that most issuers still write."""
    header = _part({"alg": "EdDSA", "kid": "ed", "typ": "JWT"})
    signed = f"{header}.{_part(_claims())}"
    private: Any = _keys()["Ed25519"].get_op_key("sign")
    signature = urlsafe_b64encode(private.sign(signed.encode())).decode().rstrip("=")
    assert 200 == _get(guarded, f"{signed}.{signature}")


def _part(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _unsigned() -> str:
    return f"{_part({'alg': 'none'})}.{_part(_claims())}."


def _confused() -> str:
    """Signed by HS256 with the issuer's public key for its secret."""
    signed = f"{_part({'alg': 'HS256', 'kid': 'rsa'})}.{_part(_claims())}"
    signature = hmac.digest(_keys()["RS256"].as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def _tampered() -> str:
    header, _, signature = _token().split(".")
    return f"{header}.{_part(_claims(scope='all', schools=['all']))}.{signature}"


def _at(seconds: int) -> int:
    return int(time.time()) + seconds


REFUSED: dict[str, Callable[[], str]] = {
    "another's key": lambda: _token(key=_keys()["stranger"]),
    "alg none": _unsigned,
    "alg none, no dot": lambda: _unsigned()[:-1],
    "RS/HS confusion": _confused,
    "a key of its own in the header": lambda: _token(
        key=_keys()["stranger"], header={"jwk": _keys()["stranger"].as_dict(private=False)}
    ),
    "an address of keys in the header": lambda: _token(header={"jku": "https://evil.example"}),
    "tampered": _tampered,
    "another issuer": lambda: _token(iss="https://other.example"),
    "no issuer": lambda: _token(iss=None),
    "another audience": lambda: _token(aud="another"),
    "no audience": lambda: _token(aud=None),
    "expired": lambda: _token(exp=_at(-LEEWAY_SECONDS - 1)),
    "no expiry": lambda: _token(exp=None),
    "an expiry that is none": lambda: _token(exp="tomorrow"),
    "an expiry beyond all time": lambda: _token(exp=10**30),
    "not yet": lambda: _token(nbf=_at(LEEWAY_SECONDS + 60)),
    "an unknown key id": lambda: _token(header={"kid": "unknown"}),
    "no client": lambda: _token(client_id=None),
    "a client that is no name": lambda: _token(client_id="a/b"),
    "schools that are none": lambda: _token(schools=["12"]),
    "schools in one text": lambda: _token(schools="199999"),
    "scopes in a list": lambda: _token(scope=["all"]),
    "not a token": lambda: "a.b.c",
    "not even that": lambda: "...",
}


@pytest.mark.parametrize("what", REFUSED)
def test_any_other_token_is_refused(guarded: httpx.Client, what: str) -> None:
    """A token not signed by the issuer's key, or not meant for this service, now, is a 401."""
    assert 401 == _get(guarded, REFUSED[what]())


def test_a_client_without_schools_sees_none(guarded: httpx.Client, read_only: SchoolWorld) -> None:
    """A token that names no schools, or no scope known here, opens nothing."""
    assert 404 == _get(guarded, _token(schools=[]))
    assert 403 == _get(guarded, _token(scope="nonsense"))


def test_without_an_issuer_no_token_is_taken(address: str) -> None:
    """Where no issuer is configured a token is as good as no key."""
    with httpx.Client(base_url=address) as http:
        assert 401 == _get(http, _token())


class _Issuer(BaseHTTPRequestHandler):
    """Serves the keys and counts how often they are asked for."""

    asked = 0
    keys: Any = None

    def do_GET(self) -> None:
        _Issuer.asked += 1
        content = json.dumps(_Issuer.keys).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def test_keys_are_fetched_once_however_many_ids_are_unknown(tmp_path: Path) -> None:
    """A storm of tokens that name unknown keys does not become a storm on the issuer."""
    _Issuer.keys, _Issuer.asked = _jwks(), 0
    with ThreadingHTTPServer(("127.0.0.1", 0), _Issuer) as issuer:
        thread = Thread(target=issuer.serve_forever)
        thread.start()
        try:
            settings = Settings(
                data_dir=tmp_path,
                jwt_issuer=ISSUER,
                jwt_audience=AUDIENCE,
                jwks_url=f"http://127.0.0.1:{issuer.server_port}/jwks",
            )
            tokens = Tokens.configured(settings)
            assert tokens is not None
            assert "MIS vendor" == tokens.verified(_token()).client
            for number in range(20):
                with pytest.raises(TokenError):
                    tokens.verified(_token(header={"kid": f"unknown-{number}"}))
        finally:
            issuer.shutdown()
            thread.join()
    assert 1 == _Issuer.asked


def test_keys_at_hand_serve_on_while_the_issuer_is_away() -> None:
    """Where keys cannot be fetched again, those at hand are still good; where there are none, none is."""
    answers: list[Any] = [KeySet.import_key_set(_jwks())]

    def load() -> KeySet:
        if not answers:
            raise TokenError
        keys: KeySet = answers.pop()
        return keys

    tokens = Tokens(ISSUER, AUDIENCE, load)
    assert "MIS vendor" == tokens.verified(_token()).client
    tokens._loaded_at = -float("inf")
    assert "MIS vendor" == tokens.verified(_token()).client
    with pytest.raises(TokenError):
        Tokens(ISSUER, AUDIENCE, load).verified(_token())
