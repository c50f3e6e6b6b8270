"""`attendance-ledger digest` and `attendance-ledger rebuild`: the views by their hashes."""

import json
from collections.abc import Iterator
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from api.cli.errors import CommandError
from api.cli.options import DATABASE, takes
from api.cli.viewing import AsOfOption, Schools, View, known_schools, viewing
from api.console import Progress, progress, set_up_logging
from api.settings import Settings

if TYPE_CHECKING:
    from ledger.store.database import Addresses
    from projections.digests import Digest
    from projections.refolding import Comparison

_VIEWS: Final = "Views"
_LOG: Final = "Log"
_SCHOOLS: Final = "Schools"
_PAGES: Final = "Pages of the log"
_YEARS: Final = "Schools' settled years"


class _Kept(StrEnum):
    """The views that are kept beside the log."""

    SHEETS = "sheets"
    HISTORIES = "histories"


_Json = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
_Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Hold register, roll, totals and what is kept beside the log against what the log says.",
    ),
]
_Only = Annotated[
    _Kept | None, typer.Option("--only", help="One of the two views; both when left out.")
]


@takes(*DATABASE)
def digest(
    settings: Settings, *, as_of: AsOfOption = None, school: Schools = None, as_json: _Json = False
) -> None:
    """Print SHA-256 digests of the record as it stood: of each view of each school, and of the log.

    The same log has the same digests on every machine, whatever its time zone, and whether or not the
    key file is there. With --school the log, which is that of all schools, is left out.
    """
    from projections.digests import FORM, digest_of_all

    set_up_logging()
    with viewing(settings, as_of) as looked, progress(Console(stderr=True)) as told:
        view = looked.settled()
        urns = known_schools(view, school)
        found = list(_digests(view, urns, told, with_log=not school))
    shown = _head(view) | {"form": FORM}
    if as_json:
        digests = [one._asdict() for one in found]
        _print_json({**shown, "digests": digests, "sha256": digest_of_all(found, view.at)})
        return
    print(f"Position {shown['position']}, {shown['recorded_at']}, rules {shown['rules']}")
    for one in found:
        print(f"{one.sha256}  {one.school or 'all':6}  {one.view:13}  {one.lines:,}")
    print(f"{digest_of_all(found, view.at)}  all of these")


@takes(*DATABASE)
def rebuild(
    settings: Settings,
    *,
    only: _Only = None,
    check: _Check = False,
    as_of: AsOfOption = None,
    school: Schools = None,
) -> None:
    """Make sheets and kept histories anew from the log, or with --check prove the views by working them out again.

    These two are the views that are kept beside the log. Sheets are made beside those that are read and
    then take their place; histories are read from the log until they are made. The service may run and record
    meanwhile. With --check nothing is written: each row of the log is looked at and counted by plain folds
    that share no query with the views, and kept histories are held against those that the log tells;
    where both come to the same, their digests are equal. Otherwise the first line in which they
    differ is printed, and the exit code is 1.
    """
    set_up_logging()
    if not check:
        if as_of is not None or school:
            raise CommandError("--as-of and --school go with --check.")
        _rebuild(settings, only)
        return
    if only is not None:
        raise CommandError("--only does not go with --check.")
    differ = 0
    with viewing(settings, as_of) as looked, progress(Console(stderr=True)) as told:
        view = looked.settled()
        urns = known_schools(view, school)
        for comparison in _comparisons(view, urns, told):
            _print_comparison(comparison)
            differ += comparison.difference is not None
    if differ:
        print(f"{differ} views differ from what the log says at position {view.at.position}.")
        raise typer.Exit(1)
    print(f"All views of {len(urns)} schools are what the log says at position {view.at.position}.")


def _rebuild(settings: Settings, only: _Kept | None) -> None:
    from api.opening import open_existing
    from ledger.store.migrations import migrate

    with open_existing(settings) as place, progress(Console(stderr=True)) as told:
        migrate(place.addresses)
        if only != _Kept.HISTORIES:
            _rebuild_sheets(place.addresses, told)
        if only != _Kept.SHEETS:
            _rebuild_histories(place.addresses, told)


def _rebuild_sheets(addresses: "Addresses", told: Progress) -> None:
    from ledger.law.codes import BUILT_IN
    from projections.sheets.rebuilding import RebuildingError
    from projections.sheets.rebuilding import rebuild as rebuilt

    began = monotonic()
    codes = sorted({code.symbol for code in BUILT_IN.codes})
    try:
        made = rebuilt(addresses, codes, lambda *done: told(_PAGES, *done))
    except RebuildingError:
        raise CommandError("The sheets are being rebuilt already.") from None
    taken = monotonic() - began
    print(
        f"Sheets of {made.books:,} schools' years stand at position {made.position:,}: {taken:.1f} s."
    )


def _rebuild_histories(addresses: "Addresses", told: Progress) -> None:
    from projections.kept_histories.rebuilding import rebuild as rebuilt

    began = monotonic()
    made = rebuilt(addresses, lambda *done: told(_YEARS, *done))
    taken = monotonic() - began
    print(
        f"Histories of {made.years:,} schools' settled years hold {made.marks:,} marks: {taken:.1f} s."
    )


def _digests(view: View, urns: list[str], told: Progress, *, with_log: bool) -> Iterator["Digest"]:
    from projections import digests

    total = len(urns) * len(digests.VIEWS)
    if with_log:
        for done, of_log in digests.digest_of_log(view.connection, view.at):
            told(_LOG, done, view.at.position)
            if of_log is not None:
                yield of_log
    asked = ((urn, name) for urn in urns for name in digests.VIEWS)
    for done, (urn, name) in enumerate(asked):
        told(_VIEWS, done, total)
        yield digests.digest(view.connection, urn, name, view.at)
    told(_VIEWS, total, total)


def _comparisons(view: View, urns: list[str], told: Progress) -> Iterator["Comparison"]:
    from projections.refolding import compare, compare_kept

    for done, urn in enumerate(urns):
        told(_SCHOOLS, done, len(urns))
        yield from compare(view.connection, urn, view.at)
        yield from compare_kept(view.connection, urn, view.at)
    told(_SCHOOLS, len(urns), len(urns))


def _print_comparison(found: "Comparison") -> None:
    said = "is what the log says" if found.difference is None else "differs"
    print(f"{found.view.sha256}  {found.view.school}  {found.view.view:8}  {said}")
    if found.difference is not None:
        number, view, fold = found.difference
        print(f"  line {number}, the view: {view or 'has ended'}")
        print(f"  line {number}, the fold: {fold or 'has ended'}")


def _head(view: View) -> dict[str, Any]:
    from ledger.law.edition import RULES
    from ledger.requests import instant

    at = view.at
    return {"position": at.position, "recorded_at": instant(at.instant), "rules": RULES}


def _print_json(shown: Any) -> None:
    print(json.dumps(shown, indent=2, ensure_ascii=False))
