"""What the quantized files must reach, beside what they and the rivals' reach."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable

MIB = 1024 * 1024
INT4 = ("convnet", "transformer")
WORST = 1.03  # × the time of a rival's file
NEAR = 0.05  # dB within which a bound counts as reached


@dataclasses.dataclass(frozen=True)
class Goal:
    """One line of the table."""

    what: str
    limit: float
    unit: str
    measured: float | None  # None where it was not measured
    rivals: str = "–"
    least: bool = False  # the limit is the least that it must be
    bound: float = math.inf  # what nothing exceeds, shown by an experiment

    @property
    def met(self) -> bool | None:
        if self.measured is None or math.isnan(self.measured):
            return None if self.measured is None else False
        if self.least:
            return self.measured >= min(self.limit, self.bound - NEAR)
        return self.measured <= self.limit


Results = dict[str, dict[str, dict[str, dict]]]  # by model, tool and form
Read = Callable[[dict], float | None]


def value(results: Results, model: str, tool: str, form: str, read: Read) -> float | None:
    row = results.get(model, {}).get(tool, {}).get(form, {})
    return None if "error" in row or not row else read(row)


def snr(row: dict) -> float | None:
    return row.get("snr")


def size(row: dict) -> float | None:
    return row.get("size_share")


def speed(row: dict) -> float | None:
    return row.get("time_share")


def pieces(row: dict) -> float | None:
    """Partitions, and each node outside of them: 1 where XNNPACK takes all at once."""
    return row["partitions"] + row["outside"] if "partitions" in row else None


def weights_of(bits: int) -> Read:
    return lambda row: row.get("weights", {}).get(str(bits), {}).get("snr")


def written(number: float | None, unit: str) -> str:
    if number is None:
        return "–"
    return f"{number:.1%}" if unit == "%" else f"{number:.4g} {unit}".strip()


def best_rival(results: Results, model: str, form: str, read: Read, unit: str) -> str:
    found = [(tool, value(results, model, tool, form, read)) for tool in ("TF", "LQ")]
    return " · ".join(f"{tool} {written(number, unit)}" for tool, number in found if number is not None) or "–"


def of_forms(results: Results) -> list[Goal]:
    """Those that are one figure of one file each."""
    rows = [
        ("convnet", "int8-static", "SNR", snr, 31.5, "dB", True),
        ("transformer", "int8-static", "SNR", snr, 33, "dB", True),
        ("transformer", "int8-static", "partitions and nodes outside", pieces, 1, "", False),
        ("transformer", "int8-static", "× float time", speed, 1.1, "", False),
        ("convnet", "int16x8", "SNR", snr, 36, "dB", True),
        ("transformer", "int16x8", "SNR", snr, 32, "dB", True),
        ("mobilenet_v2", "int8-dynamic", "partitions and nodes outside", pieces, 1, "", False),
        ("mobilenet_v2", "int8-dynamic", "× float time", speed, 1.15, "", False),
        ("mobilenet_v2", "int8-dynamic", "SNR", snr, 18.6, "dB", True),
        ("mobilenet_v2", "int8-static", "size of float", size, 0.287, "%", False),
        ("mobilenet_v2", "int8-dynamic", "size of float", size, 0.282, "%", False),
        ("transformer", "int4", "size of float", size, 0.208, "%", False),
    ]
    return [
        Goal(
            f"{model}, {form}: {what}",
            limit,
            unit,
            value(results, model, "kelt", form, read),
            best_rival(results, model, form, read, unit),
            least,
        )
        for model, form, what, read, limit, unit, least in rows
    ]


def of_clipping(results: Results) -> list[Goal]:
    """What the search for the clip of weights reaches, and what it or GPTQ gains at the outputs."""
    found = []
    for model in (*INT4, "mobilenet_v2"):
        bound = value(results, model, "kelt", "int4", lambda row: row.get("bound"))
        rival = best_rival(results, model, "int4-octav", weights_of(4), "dB")
        measured = value(results, model, "kelt", "int4", weights_of(4))
        name = f"{model}, int4: SNR of the weights" + (
            "" if bound is None else f" (no scales reach more than {bound:.2f})"
        )
        found.append(Goal(name, 23.6, "dB", measured, rival, least=True, bound=math.inf if bound is None else bound))
    for model in INT4:
        reached = {form: value(results, model, "kelt", form, snr) for form in ("int4", "int4-gptq")}
        plain = value(results, model, "kelt", "int4-min-max", snr)
        gains = {form: one - plain for form, one in reached.items() if one is not None and plain is not None}
        best = max(gains, key=lambda form: gains[form], default="int4")
        found.append(Goal(f"{model}, {best}: outputs above min-max", 1.5, "dB", gains.get(best), least=True))
    return found


def of_the_whole_run(run: dict, rivals: Results) -> list[Goal]:
    """Keras → static int8 of MobileNetV2, 32 samples, in one call."""
    name, rows = "mobilenet_v2, Keras → int8-static", []
    for what, limit, unit, key, scale in (("CPU", 2, "s", "cpu", 1), ("peak above the model", 150, "MiB", "peak", MIB)):
        rival = best_rival(rivals, "mobilenet_v2", "int8-static", lambda row, k=key, s=scale: row.get(k, 0) / s, unit)
        measured = run[key] / scale if key in run else None
        rows.append(Goal(f"{name}: {what}", limit, unit, measured, rival + " (LQ: from a float file)"))
    return rows


def ratios(results: Results) -> dict[str, float]:
    """The time of kelt's file over that of each rival's of the same form."""
    found = {}
    for model, tools in results.items():
        for tool in ("TF", "LQ"):
            for form, row in tools.get(tool, {}).items():
                ours = tools.get("kelt", {}).get(form, {})
                if "ms" in row and "ms" in ours:
                    found[f"{model}, {form}, {tool}"] = ours["ms"] / row["ms"]
    return found


def of_inference(results: Results) -> list[Goal]:
    found = ratios(results)
    if not found:
        return []
    worst = max(found, key=lambda name: found[name])
    return [
        Goal(
            "inference × the rivals' of the same form: geometric mean",
            1.0,
            "",
            statistics.geometric_mean(found.values()),
        ),
        Goal(f"inference × the rivals': the worst ({worst})", WORST, "", found[worst]),
    ]


def table(goals: list[Goal]) -> str:
    lines = ["| what | must | measured | rivals | |", "|---|---|---|---|---|"]
    for goal in goals:
        verdict = {True: "met", False: "short", None: "not measured"}[goal.met]
        verdict = "at the bound" if goal.met and goal.least and goal.measured < goal.limit else verdict
        limit = f"{'≥' if goal.least else '≤'} {written(goal.limit, goal.unit)}"
        lines.append(f"| {goal.what} | {limit} | {written(goal.measured, goal.unit)} | {goal.rivals} | {verdict} |")
    return "\n".join(lines)
