"""The figures of a run by area, as a table."""

from .trials import KILLED, Trial

NAME = "tools/mutants"  # of these figures in a page


def table(trials: list[Trial]) -> str:
    """A Markdown table: a row an area, and the sum."""
    rows = ["| area | mutations | killed | seconds |", "|---|---:|---:|---:|"]
    areas = sorted({trial.mutation.area for trial in trials})
    for area in areas:
        rows.append(_row(f"`{area}`", [t for t in trials if t.mutation.area == area]))
    rows.append(_row("all", trials))
    return "\n".join(rows) + "\n"


def _row(name: str, trials: list[Trial]) -> str:
    killed = sum(trial.verdict == KILLED for trial in trials)
    seconds = sum(trial.seconds for trial in trials)
    return f"| {name} | {len(trials)} | {killed} | {seconds:.0f} |"
