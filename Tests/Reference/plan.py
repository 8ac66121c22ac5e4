"""Golden answers of `swiftrec plan` about two configurations, counted from the rows and dimensions alone.

usage: python plan.py      writes plan/<configuration>.txt and .json beside itself
"""
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent / "plan"
CRITEO_KAGGLE = (
    1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10, 5652,
    2173, 4, 7046547, 18, 15, 286181, 105, 142572)


def size(count):
    units = ("B", "KB", "MB", "GB", "TB")
    value, unit = float(count), 0
    while value >= (1000 if unit == 0 else 999.995):
        value, unit = value / 1000, unit + 1
    return f"{count} B" if unit == 0 else f"{value:.2f} {units[unit]}"


def text(tables):
    rows = [("table", "rows", "dim", "type", "weights", "state", "total")]
    for table in tables:
        weights, state = table["bytes"], table["state_bytes"]
        rows.append((
            table["name"], f"{table['rows']:,}", str(table["dimension"]), table["data_type"], size(weights), size(state),
            size(weights + state)))
    weights, state = (sum(table[key] for table in tables) for key in ("bytes", "state_bytes"))
    count = sum(table["rows"] for table in tables)
    rows.append(("total", f"{count:,}", "", "", size(weights), size(state), size(weights + state)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "".join(
        "  ".join(
            cell.ljust(width) if column in (0, 3) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))) + "\n"
        for row in rows)


def answer(tables):
    total = {"rows": 0, "bytes": 0, "state_bytes": 0}
    for table in tables:
        for key in total:
            total[key] += table[key]
    return {"tables": tables, **total, "total_bytes": total["bytes"] + total["state_bytes"]}


def table(name, rows, dimension, state_values):
    return {
        "name": name, "rows": rows, "dimension": dimension, "data_type": "fp32", "bytes": rows * dimension * 4,
        "state_bytes": state_values * 4}


def main():
    # Row-wise Adagrad keeps one number a row, Adam two numbers a weight.
    plans = {
        "dlrm-criteo-kaggle": [table(f"C{index + 1}", rows, 16, rows) for index, rows in enumerate(CRITEO_KAGGLE)],
        "mf-synthetic": [
            table(name, rows, dimension, 2 * rows * dimension)
            for name, rows, dimension in (
                ("user_factors", 500, 16), ("item_factors", 300, 16), ("user_bias", 500, 1), ("item_bias", 300, 1))],
    }
    FOLDER.mkdir(exist_ok=True)
    for name, tables in plans.items():
        (FOLDER / f"{name}.txt").write_text(text(tables))
        (FOLDER / f"{name}.json").write_text(json.dumps(answer(tables), indent=1) + "\n")


main()
