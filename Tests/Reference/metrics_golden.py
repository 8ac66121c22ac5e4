"""Golden numbers of the ranking metrics, written from their definitions with plain loops.

usage: python metrics_golden.py      writes metrics_golden.json beside itself
"""
import json
import math
import pathlib
import random

MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1


def splitmix64(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK64
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK64
    return x ^ (x >> 31)


def lowbias32(x):
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & MASK32
    x = ((x ^ (x >> 15)) * 0x846CA68B) & MASK32
    return x ^ (x >> 16)


def tie_hash(seed, query, item):
    h = splitmix64(splitmix64(seed) ^ (query & MASK64))
    return lowbias32((lowbias32(item ^ (h & MASK32)) + (h >> 32)) & MASK32)


def accuracy(ranked, relevant, cutoffs):
    """The metrics of one query."""
    out = {}
    first = next((rank for rank, item in enumerate(ranked, 1) if item in relevant), None)
    out["mrr"] = 1 / first if first else 0.0
    for k in cutoffs:
        hits = [1 if item in relevant else 0 for item in ranked[:k]]
        best = min(k, len(relevant))
        out[f"hr@{k}"] = float(any(hits))
        out[f"recall@{k}"] = sum(hits) / len(relevant)
        out[f"precision@{k}"] = sum(hits) / k
        gain = sum(hit / math.log2(rank + 1) for rank, hit in enumerate(hits, 1))
        out[f"ndcg@{k}"] = gain / sum(1 / math.log2(rank + 1) for rank in range(1, best + 1))
        out[f"map@{k}"] = sum(sum(hits[:rank]) / rank for rank, hit in enumerate(hits, 1) if hit) / best
    return out


def pairs_won(positives, negatives):
    won = sum(1.0 if p > n else 0.5 if p == n else 0.0 for p in positives for n in negatives)
    return won / (len(positives) * len(negatives))


def full_ranking(rng):
    items, cutoffs, queries = 60, [1, 5, 10, 20], []
    popularity = [rng.choice([0, 1, 3, 10, 200]) for _ in range(items)]
    for _ in range(40):
        ranked = rng.sample(range(items), rng.choice([3, 20, 20, 20]))
        queries.append({"ranked": ranked, "relevant": rng.sample(range(items), rng.choice([0, 1, 1, 4, 30]))})
    counted = [accuracy(q["ranked"], set(q["relevant"]), cutoffs) for q in queries if q["relevant"]]
    values = {name: sum(c[name] for c in counted) / len(counted) for name in counted[0]}
    total = sum(popularity) + items
    for k in cutoffs:
        shown = [item for q in queries for item in q["ranked"][:k]]
        values[f"coverage@{k}"] = len(set(shown)) / items
        values[f"novelty@{k}"] = sum(-math.log2((popularity[i] + 1) / total) for i in shown) / len(shown)
    return {"items": items, "k": cutoffs, "popularity": popularity, "queries": queries, "values": values}


def candidate_lists(rng):
    """Lists with many equal scores, so that the tie break decides."""
    seed, cutoffs, lists, counted, within = 20, [1, 5, 10], [], [], []
    for user in range(50):
        items = rng.sample(range(4000), 30)
        scores = [float(rng.randint(0, 5)) for _ in items]
        order = sorted(zip(items, scores), key=lambda p: (p[1], tie_hash(seed, user, p[0])), reverse=True)
        counted.append(accuracy([item for item, _ in order], {items[0]}, cutoffs))
        within.append(pairs_won(scores[:1], scores[1:]))
        lists.append({"user": user, "items": items, "scores": scores})
    values = {name: sum(c[name] for c in counted) / len(counted) for name in counted[0]}
    values["gauc"] = sum(within) / len(within)
    return {"seed": seed, "k": cutoffs, "lists": lists, "values": values}


def classification(rng):
    # Quarters are the same number in float32 and in float64, so ties are the same pairs.
    logits = [rng.randint(-12, 12) / 4 for _ in range(500)]
    labels = [float(rng.random() < 1 / (1 + math.exp(-x))) for x in logits]
    positives = [x for x, y in zip(logits, labels) if y]
    negatives = [x for x, y in zip(logits, labels) if not y]
    chances = [1 / (1 + math.exp(-x)) for x in logits]
    loss = -sum(math.log(p if y else 1 - p) for p, y in zip(chances, labels)) / len(labels)
    return {"logits": logits, "labels": labels, "auc": pairs_won(positives, negatives), "logloss": loss}


def main():
    rng = random.Random(2026)
    hashes = [[s, q, i, tie_hash(s, q, i)] for s, q, i in
              [(0, 0, 0), (0, 0, 1), (1, 0, 0), (7, 6039, 3705), (2**63, -1, 2**31 - 1), (42, 10**12, 123456)]]
    golden = {"ties": [{"seed": str(s), "query": q, "item": i, "hash": h} for s, q, i, h in hashes],
              "full": full_ranking(rng), "candidates": candidate_lists(rng), "classification": classification(rng)}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
