"""Settings as options of a command: the flag, the variable and the help of each come from `Settings`."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from api.settings import Settings, flag, load, variable

DATABASE: Final = ("data_dir", "database_url", "owner_database_url", "key_file")
"""The settings of every command that opens the database."""
EVERY: Final = tuple(Settings.model_fields)


def takes(*fields: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command that has a parameter `settings` an option for each of these settings.

    Raises SettingsError when the command is called and they do not fit together.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def called(**given: Any) -> None:
            chosen = {field: given.pop(field) for field in fields}
            command(settings=load(**chosen), **given)

        own = inspect.signature(command, eval_str=True).parameters.values()
        parameters = [
            *(parameter for parameter in own if parameter.name != "settings"),
            *(_option(field, Settings.model_fields[field]) for field in fields),
        ]
        called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # typer reads it
            [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
        )
        return called

    return decorate


def _option(field: str, info: FieldInfo) -> inspect.Parameter:
    option = typer.Option(
        flag(field),
        envvar=variable(field),
        help=info.description,
        show_default=False if info.default is None else str(info.default),
        rich_help_panel="Settings",
    )
    return inspect.Parameter(
        field,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[_kind(info) | None, option],
    )


def _kind(info: FieldInfo) -> Any:
    """The type the command line parses; ranges and patterns are the settings' own affair."""
    kinds = [kind for kind in get_args(info.annotation) if kind is not type(None)]
    kind = info.annotation if get_origin(info.annotation) is Literal or not kinds else kinds[0]
    return str if kind in (SecretStr, None) else kind if kind in (Path, int) else _words(kind)


def _words(kind: Any) -> Any:
    return kind if get_origin(kind) is Literal else str
