"""`python -m tests.spec.cases`: render the cases into docs/reference/rules.md."""

from tests.spec.cases import closures, earlier, leave, penalties, provision, register, roll
from tests.spec.cases.page import PAGE, rendered

__all__ = ["closures", "earlier", "leave", "penalties", "provision", "register", "roll"]

if __name__ == "__main__":
    PAGE.write_text(rendered(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"Written to {PAGE}")
