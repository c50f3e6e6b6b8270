"""Reading SQL just well enough to hold the rules of the house."""

import re

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'")

_LOG_TABLE = r"(?:only\s+)?(?:\"?\w+\"?\.)?\"?(?P<table>act|record|mark)(?:_\w+)?\b\"?"
_CHANGES_THE_LOG = re.compile(
    rf"\b(?:update|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+{_LOG_TABLE}"
    rf"|\binsert\s+into\s+{_LOG_TABLE.replace('table', 'upserted')}[^;]*?\bdo\s+update\b",
    re.IGNORECASE | re.DOTALL,
)
# A statement whose table is filled in at run time cannot be read here, so it is refused as well.
_CHANGES_SOMETHING_UNKNOWN = re.compile(
    r"\b(?:update|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+(?:only\s+)?\"?[{%]",
    re.IGNORECASE,
)
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|lock|call|do"
    r"|refresh|vacuum|reindex|notify|set_config|nextval|setval)\b"
    r"|\b(copy)\s+\w+\s*(?:\([^)]*\)\s*)?from\b",
    re.IGNORECASE,
)
_DO_UPDATE = re.compile(r"\bdo\s+update\s+set\b", re.IGNORECASE)
_FOR_UPDATE = re.compile(r"\bfor\s+update\b", re.IGNORECASE)
_WRITTEN = re.compile(
    r"\b(?:insert\s+into|update|delete\s+from|copy(?=\s+\w+\s*(?:\([^)]*\)\s*)?from))\s+(\w+)",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"\bselect\b.+\bfrom\b|\binsert\s+into\b|\bupdate\s+\S+\s+set\b|\bdelete\s+from\b"
    r"|\btruncate\s+\w|\bwith\s+\w+\s+as\s*\(|\b(?:create|alter|drop)\s+(?:table|view|index)\b",
    re.IGNORECASE | re.DOTALL,
)


def bare(text: str) -> str:
    """The SQL without its comments and quoted text."""
    return _TEXT.sub("''", _COMMENT.sub(" ", text))


def changes_the_log(text: str) -> list[str]:
    """Statements that would change or remove rows of the log's tables, or of a table unnamed.

    Quoted text is searched as well: it may be a statement put together to be executed.
    """
    text = _COMMENT.sub(" ", text)
    found = [*_CHANGES_THE_LOG.finditer(text), *_CHANGES_SOMETHING_UNKNOWN.finditer(text)]
    return [" ".join(match.group().split()) for match in found]


def writes(text: str) -> list[str]:
    """The words by which SQL would change anything at all."""
    return [match.group(1) or match.group(2) for match in _WRITES.finditer(bare(text))]


def written(text: str) -> list[str]:
    """The tables that statements insert into, update or delete from; whatever else writes, by its word."""
    text = _DO_UPDATE.sub(" ", bare(text))
    others = {word.lower() for word in writes(text)} - {"insert", "update", "delete", "copy"}
    return [*_WRITTEN.findall(_FOR_UPDATE.sub(" ", text)), *sorted(others)]


def statements(text: str) -> list[str]:
    """The statements of a file, trimmed, without comments."""
    return [s.strip() for s in bare(text).split(";") if s.strip()]


def looks_like_sql(text: str) -> bool:
    """Whether a string of a program holds a statement, and not a sentence with such words in it."""
    # A sentence is written small: "Select the pupils from the roll" is not meant by this.
    shouted = re.search(r"\b(SELECT|INSERT INTO|DELETE FROM|WHERE|LEFT JOIN|GROUP BY)\b", text)
    starts = re.match(r"\s*(select|insert|update|delete|with|create|alter|drop)\b", text)
    return bool(shouted or (starts and _STATEMENT.search(text)))
