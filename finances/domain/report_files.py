"""A report as somebody gets it: JSON, a workbook or a PDF, named and tagged (FIN-11)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from finances.domain.report_printing import print_report
from finances.domain.reports import read
from finances.domain.workbooks import fill_workbook

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Type, whether it is looked at or kept, and how it is made.
FILES: dict[str, tuple[str, str, Callable[..., bytes]]] = {
    "xlsx": (XLSX, "attachment", fill_workbook),
    "pdf": (PDF, "inline", print_report),
}
FORMS = ("json", *FILES)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """What is answered."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]


def file_of(body: bytes, *, form: str) -> ReportFile:
    """The report that was written down, in one of `FORMS`; its digest is in the tag of each."""
    digest = sha256(body).hexdigest()
    headers = {"ETag": f'"{digest}-{form}"', "Cache-Control": "private, no-store"}
    if form == "json":
        return ReportFile(body, "application/json", headers)
    content_type, way, make = FILES[form]
    report = read(body)
    place = f"-{report.location.id}" if report.location else ""
    headers["Content-Disposition"] = f'{way}; filename="{report.name}{place}.{form}"'
    return ReportFile(make(report, digest=digest), content_type, headers)
