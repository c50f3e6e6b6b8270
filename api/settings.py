"""Every setting of the service: its environment variable, its flag, its default and what it means.

A setting `log_format` is the variable LEDGER_LOG_FORMAT and the flag `--log-format`; a flag comes
before the environment, the environment before the default.  The descriptions are what `--help` says,
and docs/reference/settings.md is held against this list by a test.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX: Final = "LEDGER_"
_MEBIBYTE: Final = 1 << 20


class SettingsError(Exception):
    """A setting cannot be used; the message names it and says what is wrong, never its value."""


class Settings(BaseSettings):
    """What can be set.  Build it with `load`, which turns what is wrong into a SettingsError."""

    model_config = SettingsConfigDict(
        env_prefix="LEDGER_",
        # A variable set to nothing is how many systems spell one that is not set.
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(
        Path("ledger-data"),
        description="Directory for everything the service keeps: its own database, keys and logs.",
    )
    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address to listen on. 127.0.0.1 is this machine alone, 0.0.0.0 every network.",
    )
    port: int = Field(
        8080, ge=0, le=65535, description="Port to listen on; 0 takes any free one and logs it."
    )
    processes: int = Field(
        0,
        ge=0,
        le=64,
        description="Processes that serve side by side on the one log; 0 is one for each core. On "
        "Windows it is always one.",
    )
    metrics_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port of its own for /metrics, which then is not served on the main one.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="A PostgreSQL server of your own (15 or later) in place of the embedded one, "
        "as postgresql://user@host/database. Give a password by the environment, not by the flag.",
    )
    owner_database_url: SecretStr | None = Field(
        None,
        description="The same database as the user who owns the tables and runs migrations; "
        "left out, the one above is used for both.",
    )
    key_file: Path | None = Field(
        None,
        description="File of the keys that pupils' particulars are encrypted under; needed with a "
        "database of your own, otherwise secrets/ledger.key in the data directory. Back it up "
        "apart from the database: without it the particulars are lost.",
    )
    jwt_issuer: str | None = Field(
        None, description="Issuer (iss) of the OAuth 2 tokens that are accepted beside keys."
    )
    jwt_audience: str | None = Field(
        None, description="Audience (aud) that a token must be meant for."
    )
    jwks_file: Path | None = Field(
        None, description="File of the issuer's public keys (JSON Web Key Set)."
    )
    jwks_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Address of the issuer's public keys, in place of a file.",
    )
    body_bytes_max: int = Field(
        8 * _MEBIBYTE, ge=1024, description="Largest body of a request, in bytes."
    )
    import_bytes_max: int = Field(
        64 * _MEBIBYTE, ge=1024, description="Largest body of an import of history, in bytes."
    )
    page_items_max: int = Field(
        10_000, ge=1, description="Most items that one page of an answer holds."
    )
    shutdown_seconds_max: int = Field(
        20, ge=1, description="How long requests under way may take to finish at shutdown, seconds."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto",
        description="Log lines as JSON or for reading; auto is for reading on a terminal only.",
    )

    @property
    def embedded(self) -> bool:
        """Whether the service runs a database of its own under the data directory."""
        return self.database_url is None

    @property
    def key_file_path(self) -> Path:
        """Where the key file is."""
        return self.key_file or self.data_dir / "secrets" / "ledger.key"

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.database_url is None and self.owner_database_url is not None:
            raise ValueError(
                "LEDGER_OWNER_DATABASE_URL is set without LEDGER_DATABASE_URL: set both, or neither "
                "for the embedded database"
            )
        tokens = (self.jwt_issuer, self.jwt_audience, self.jwks_file or self.jwks_url)
        if any(tokens) and not all(tokens):
            raise ValueError(
                "tokens need LEDGER_JWT_ISSUER, LEDGER_JWT_AUDIENCE and either LEDGER_JWKS_FILE or "
                "LEDGER_JWKS_URL: set all three, or none"
            )
        if self.jwks_file and self.jwks_url:
            raise ValueError("LEDGER_JWKS_FILE and LEDGER_JWKS_URL are both set: choose one")
        return self


def load(**given: Any) -> Settings:
    """The settings from flags (those given, None stands for not given) and the environment.

    Raises SettingsError.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(_told(detail) for detail in error.errors())) from None


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{field.upper()}"


def flag(field: str) -> str:
    """The flag of a setting."""
    return f"--{field.replace('_', '-')}"


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none, as a misspelt one does."""
    known = {variable(field) for field in Settings.model_fields}
    return sorted(n for n in environment if n.upper().startswith(PREFIX) and n.upper() not in known)


def _told(detail: Any) -> str:
    """One thing wrong, by the names a person gave it."""
    message = str(detail["msg"]).removeprefix("Value error, ")
    if not detail["loc"]:
        return message
    field = str(detail["loc"][0])
    return f"{variable(field)} ({flag(field)}): {message}"
