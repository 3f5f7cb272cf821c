"""kelt's file beside the best of the rival's, form by form, and all cells against the goal."""

from __future__ import annotations

import dataclasses
import math

from real_weights.task import Task

SHARE = 0.8  # of the cells must be better than the rival's, or equal
WORST = 0.05  # that a cell may lose more than the rival's
SAME_SIZE = 0.02  # sizes that differ by less are equal
LIKE = {"int4-block32": ("int4",)}  # where the rival leaves much in more bits, its files of this form have the size


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
    """The best of the rival's files that are no larger than kelt's largest, beside the best of kelt's of its size."""
    rows = []
    for form, tools in found["forms"].items():
        rival = {
            name: row
            for like in (form, *LIKE.get(form, ()))
            for name, row in found["forms"].get(like, tools)["LQ"].items()
        }
        largest = max((row["size"] for row in tools["kelt"].values() if "figures" in row), default=math.inf)
        recipe, theirs = best(task, rival, (1 + SAME_SIZE) * largest)
        if recipe == "none":  # a larger one, then: that is harder on kelt
            recipe, theirs = best(task, rival)
        ours = best(task, tools["kelt"], (1 + SAME_SIZE) * theirs["size"])[1]
        ours = ours if ours["size"] else best(task, {form: tools["kelt"][form]})[1]
        sizes = ours["size"], theirs["size"], found["float"]["size"]
        values = ours["figures"][task.metric], theirs["figures"][task.metric]
        lost = ours["lost"], theirs["lost"]
        error = tools["kelt"][form].get("error", "")
        rows.append(Cell(task.name, form, task.metric, *values, recipe, *sizes, task.resolution, *lost, error))
    return rows


def progress(task: Task, form: str, tools: dict[str, dict[str, dict]]) -> str:
    """The metric of each file, and its size, in a line."""
    shown = []
    for tool, rows in tools.items():
        for name, row in rows.items():
            known = f"{row['figures'][task.metric]:.5g} in {row['size']}" if "figures" in row else row["error"]
            shown.append(f"{tool} {name}: {known}")
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
