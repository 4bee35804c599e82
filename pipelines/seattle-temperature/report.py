"""Writes the backtest of every smoothing factor as a table, the chosen one marked."""

from pathlib import Path


def run(input, context):
    chosen, tried = input["chosen"], input["tried"]
    mean = sum(candidate["mae_celsius"] for candidate in tried) / len(tried)
    lines = [
        f"Tomorrow's highest temperature in Seattle: {chosen['next_celsius']:.1f} °C",
        f"(mean absolute error {chosen['mae_celsius']:.2f} °C over {chosen['scored_days']} days)",
        "",
        "alpha  mean absolute error, °C",
    ]
    for candidate in tried:
        mark = "  <- chosen" if candidate["alpha"] == chosen["alpha"] else ""
        lines.append(f"{candidate['alpha']:5.1f}  {candidate['mae_celsius']:6.3f}{mark}")
    Path("report.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"report": {"$file": "report.txt"}, "better_than_mean_of_tried_by": mean - chosen["mae_celsius"]}
