"""Golden numbers of the metrics of rankers: scikit-learn where it has the metric, else the formula in float64.

NE, calibration and CTR are TorchRec's formulas (torchrec/metrics/{ne,calibration,ctr}.py): weighted cross entropy over the
entropy of the weighted mean label, sum of predictions over sum of labels, mean label. A window's metrics are those of its
samples alone. GAUC is scikit-learn's AUC by group, averaged by impressions (Zhou et al. 2018).

usage: python ranker_metrics.py      needs numpy and scikit-learn; writes ranker_metrics.json beside itself
"""
import json
import pathlib

import numpy as np
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error, roc_auc_score


def metrics(p, y, w, g):
    kept = ~np.isnan(y)
    p, y, w, g = p[kept], y[kept], w[kept], g[kept]
    out = {"ctr": np.sum(w * y) / np.sum(w), "calibration": np.sum(w * p) / np.sum(w * y)}
    rate = out["ctr"]
    out["auc"] = roc_auc_score(y, p, sample_weight=w)
    out["logloss"] = log_loss(y, p, sample_weight=w)
    out["ne"] = out["logloss"] / -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    out["rmse"] = mean_squared_error(y, p, sample_weight=w) ** 0.5
    out["mae"] = mean_absolute_error(y, p, sample_weight=w)
    total, impressions = 0.0, 0.0
    for group in np.unique(g):
        one = g == group
        # A class whose samples count nothing is no class.
        if np.sum((w * y)[one]) > 0 and np.sum((w * (1 - y))[one]) > 0:
            total += np.sum(w[one]) * roc_auc_score(y[one], p[one], sample_weight=w[one])
            impressions += np.sum(w[one])
    out["gauc"] = total / impressions
    return {name: float(value) for name, value in out.items()}


def goal(rng, rows, bias, missing):
    logits = rng.normal(bias, 1.0, rows)
    # Some ties, and a few certainties.
    logits[: rows // 4] = np.round(logits[: rows // 4], 1)
    p = (1 / (1 + np.exp(-logits))).astype(np.float32)
    y = (rng.random(rows) < p).astype(np.float64)
    y[rng.random(rows) < missing] = np.nan
    return p, y


def main():
    rng = np.random.default_rng(4)
    rows, window = 1200, 300
    goals = {"click": goal(rng, rows, -1.5, 0.0), "buy": goal(rng, rows, -2.0, 0.4)}
    weights = rng.choice([0.0, 0.5, 1.0, 3.0], rows).astype(np.float32)
    groups = rng.integers(-40, 40, rows)
    golden = {"window": window, "goals": list(goals), "groups": groups.tolist(), "weights": weights.tolist()}
    golden["probabilities"] = np.stack([p for p, _ in goals.values()], 1).astype(np.float64).ravel().tolist()
    labels = np.stack([y for _, y in goals.values()], 1).ravel()
    golden["labels"] = [None if np.isnan(y) else y for y in labels]
    golden["values"] = {"weighted": {}, "plain": {}}
    for kind, w in (("weighted", weights.astype(np.float64)), ("plain", np.ones(rows))):
        for name, (p, y) in goals.items():
            p = p.astype(np.float64)
            answered = np.flatnonzero(~np.isnan(y))[-window:]
            golden["values"][kind][name] = {
                "whole": metrics(p, y, w, groups), "window": metrics(p[answered], y[answered], w[answered], groups[answered])}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
