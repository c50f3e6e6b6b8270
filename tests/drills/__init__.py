"""The kill drill: `python -m tests.drills` (or `make drill`).  What it does and does not show: docs/how-to/drill.md."""
