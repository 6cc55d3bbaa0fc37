"""What a descriptor must say, known outside it, so that no guard can be taken away.

The file of the demands has the words of a descriptor and says as much of it as must
stand. A resource, a column or a control total that it names must be there; lists of
columns, codes and keys must be the same. A control total with its sums is a guard of
its own, beside those of the descriptor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from data_package_guard.descriptor import DataPackage, coded
from data_package_guard.files import DataError, how_to_restore
from data_package_guard.plain_json import shown


def check_demands(package: DataPackage, entry: Mapping[str, Any]) -> None:
    """Raise a `DataError` if the entry of a resource lacks what is demanded of it."""
    demanded = package.demanded().get(entry["name"], {})
    for place, problem in _unmet(demanded, entry, f"resources.{entry['name']}"):
        raise DataError(
            f"{package.path}, {place}: {problem}, which {package.demands} demands. "
            f"{how_to_restore(package.path)} If the change is meant, change "
            f"{package.demands} first, and then run {package.how_to_record}."
        )


def own_totals(package: DataPackage, resource: str) -> list[dict[str, Any]]:
    """Give the control totals that the demands themselves hold, sums and all."""
    entry = package.demanded().get(resource, {})
    return [total for total in entry.get("controlTotals", []) if _has_sums(total)]


def demanded_rows(package: DataPackage, resource: str) -> list[dict[str, Any]]:
    """Give the rows that must be there: their ``cells``, and ``because`` of what."""
    return list(package.demanded().get(resource, {}).get("rows", []))


def _unmet(
    demanded: Mapping[str, Any], found: Mapping[str, Any], place: str
) -> Iterator[tuple[str, str]]:
    """Say what an object lacks: the place, and what is wrong there."""
    for key, wanted in demanded.items():
        here = f"{place}.{key}"
        if key == "rows":
            continue  # they stand in the file itself
        if key == "controlTotals":
            yield from _unmet_totals(wanted, found.get(key, []), here)
        elif key not in found:
            yield place, f'has no "{key}"'
        elif key == "fields":
            yield from _unmet_columns(wanted, found[key], here)
        elif isinstance(wanted, Mapping):
            yield from _unmet(wanted, found[key], here)
        elif key in ("categories", "missingValues"):
            now, codes = list(coded(found[key])), list(coded(wanted))
            if now != codes:
                yield here, f"has the codes {shown(now)} in place of {shown(codes)}"
        elif found[key] != wanted:
            yield here, f"is {shown(found[key])} in place of {shown(wanted)}"


def _unmet_columns(
    wanted: list[dict[str, Any]], found: list[dict[str, Any]], place: str
) -> Iterator[tuple[str, str]]:
    columns = {field["name"]: field for field in found}
    names = [field["name"] for field in wanted]
    for field in wanted:
        if field["name"] in columns:
            here = f"{place}.{field['name']}"
            yield from _unmet(field, columns[field["name"]], here)
        else:
            yield place, f"has no column {field['name']}"
    if list(columns) != names:
        yield place, f"are {', '.join(columns)} in place of {', '.join(names)}"


def _unmet_totals(
    wanted: list[dict[str, Any]], found: list[dict[str, Any]], place: str
) -> Iterator[tuple[str, str]]:
    there = [_group(total) for total in found]
    for total in wanted:
        if not _has_sums(total) and _group(total) not in there:
            rows = " and ".join(f"{key} {it}" for key, it in total["where"].items())
            group = f"the rows with {rows}" if rows else "all rows"
            yield place, f"has no total of column {total['column']}, of {group}"


def _has_sums(total: Mapping[str, Any]) -> bool:
    return "total" in total


def _group(total: Mapping[str, Any]) -> dict[str, Any]:
    return {key: total[key] for key in ("where", "column", "numbers") if key in total}
