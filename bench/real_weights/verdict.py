"""kelt's file beside the best of the rival's, form by form, and all cells against the goal."""

from __future__ import annotations

import dataclasses
import math

from real_weights.task import Task

SHARE = 0.8  # of the cells must be better than the rival's, or equal
WORST = 0.05  # that a cell may lose more than the rival's
SAME_SIZE = 0.01  # sizes that differ by less are equal


@dataclasses.dataclass
class Cell:
    """One task in one form. What is lost is the distance of the metric from the float file's."""

    task: str
    form: str
    metric: str
    kelt: float
    rival: float
    recipe: str  # of the rival: its best
    kelt_size: int
    rival_size: int
    float_size: int
    resolution: float
    kelt_lost: float
    rival_lost: float
    error: str = ""  # of kelt

    @property
    def verdict(self) -> str:
        if math.isnan(self.kelt_lost) or math.isnan(self.rival_lost):
            return (
                "better" if not math.isnan(self.kelt_lost) else "worse" if not math.isnan(self.rival_lost) else "equal"
            )
        if abs(self.kelt_lost - self.rival_lost) <= self.resolution:
            return "equal"
        return "better" if self.kelt_lost < self.rival_lost else "worse"

    @property
    def ratio(self) -> float:
        """What kelt loses, over what the rival does."""
        if self.verdict == "equal":
            return 1.0
        return self.kelt_lost / self.rival_lost if self.rival_lost else math.inf

    @property
    def too_bad(self) -> bool:
        return self.verdict == "worse" and not self.ratio <= 1 + WORST


def best(task: Task, rows: dict[str, dict], size: float = math.inf) -> tuple[str, dict]:
    """The recipe of those with files up to a size that loses least, and its row; of equal ones the smallest."""
    nan = {"figures": {task.metric: math.nan}, "lost": math.nan, "size": 0}
    numbers = {recipe: row for recipe, row in rows.items() if "figures" in row and not math.isnan(row["lost"])}
    scored = {recipe: row for recipe, row in numbers.items() if row["size"] <= size}
    if not scored:
        return "none", nan
    recipe = min(scored, key=lambda one: (scored[one]["lost"], scored[one]["size"]))
    return recipe, scored[recipe]


def cells(task: Task, found: dict) -> list[Cell]:
    rows = []
    for form, tools in found["forms"].items():
        _, ours = best(task, {form: tools["kelt"]})
        recipe, theirs = best(task, tools["LQ"], (1 + SAME_SIZE) * (ours["size"] or math.inf))
        sizes = ours["size"], theirs["size"], found["float"]["size"]
        values = ours["figures"][task.metric], theirs["figures"][task.metric]
        lost = ours["lost"], theirs["lost"]
        error = tools["kelt"].get("error", "")
        rows.append(Cell(task.name, form, task.metric, *values, recipe, *sizes, task.resolution, *lost, error))
    return rows


def progress(task: Task, form: str, ours: dict, theirs: dict[str, dict]) -> str:
    """The metric of each file, in a line."""
    rows = {"kelt": ours} | theirs
    shown = [
        f"{name} {row['figures'][task.metric]:.5g}" if "figures" in row else f"{name}: {row['error']}"
        for name, row in rows.items()
    ]
    return f"{task.name}, {form}: {'; '.join(shown)}"


def table(rows: list[Cell]) -> str:
    lines = [
        "| task | form | metric | kelt | litert-quantizer, its best | verdict | size of the floats: kelt · LQ |",
        "|---|---|---|---|---|---|---|",
    ]
    for cell in rows:
        kelt = cell.error or f"{cell.kelt:.5g}"
        sizes = " · ".join(f"{size / cell.float_size:.2%}" for size in (cell.kelt_size, cell.rival_size))
        judged = cell.verdict + (f" (× {cell.ratio:.2f})" if cell.verdict != "equal" else "")
        rival = f"{cell.rival:.5g} ({cell.recipe})"
        lines.append(f"| {cell.task} | {cell.form} | {cell.metric} | {kelt} | {rival} | {judged} | {sizes} |")
    return "\n".join(lines)


def met(rows: list[Cell]) -> bool:
    good = [cell for cell in rows if cell.verdict != "worse"]
    return len(good) >= SHARE * len(rows) and not any(cell.too_bad for cell in rows)


def summary(rows: list[Cell]) -> str:
    """The cells against the goal, those of other sizes apart."""
    counts = {word: [cell for cell in rows if cell.verdict == word] for word in ("better", "equal", "worse")}
    larger = [f"{cell.task} {cell.form}" for cell in rows if cell.kelt_size > (1 + SAME_SIZE) * cell.rival_size]
    bad = [f"{cell.task} {cell.form} × {cell.ratio:.2f}" for cell in rows if cell.too_bad]
    share = 1 - len(counts["worse"]) / max(len(rows), 1)
    said = ", ".join(f"{len(found)} {word}" for word, found in counts.items())
    return (
        f"\n{said} of {len(rows)} cells: {share:.0%} are better or equal (goal: {SHARE:.0%}).\n"
        f"Worse by more than {WORST:.0%}: {'; '.join(bad) or 'none'}.\n"
        f"kelt's file is more than {SAME_SIZE:.0%} larger: {'; '.join(larger) or 'none'}."
    )
