"""The checkout works anywhere: no file holds a place of the machine it was written on."""

import re

from tests.house import checkout

_FOLDERS = "home|Users|root"
_HOME = re.compile(rf"(?<![\w.~}}/-])/(?:{_FOLDERS})/[\w.]|\b[A-Z]:\\Users\\\w")
# Written in pieces, so that this file does not find itself.
_HOSTS = "|".join(["py" + r"pi\.", "python" + r"hosted\.", "npm" + r"js\.", "/sim" + "ple/"])
_INDEX = re.compile(
    rf"https?://[^\s\"')>]*(?:{_HOSTS})|--(?:extra-)?index" + r"-url|--find" + "-links"
)


def test_no_file_names_a_home_directory() -> None:
    """No file of the checkout holds an absolute path below somebody's home."""
    assert [] == _lines_with(_HOME)


def test_no_file_names_a_package_index() -> None:
    """No file says where packages are fetched from: that is the installing machine's affair."""
    assert [] == _lines_with(_INDEX)


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in checkout.files():
        data = path.read_bytes()
        if b"\0" in data or not pattern.search(text := data.decode("utf-8", "replace")):
            continue
        found += [
            f"{checkout.name(path)}:{number}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found
