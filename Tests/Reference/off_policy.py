"""Golden numbers of off-policy evaluation, by obp 0.4.1, scikit-learn and scipy.

Made rounds (policy and expected rewards one by one) and, when its files are in obp's wheel as they are on PyPI, the Open
Bandit logs: the random policy from the logs of bts with an expected reward that is a formula of item and position, and the
chances of bts by obp's own simulation.

usage: python off_policy.py      needs obp==0.4.1 with numpy<1.24, pandas<2 and scikit-learn<1.3; writes off_policy.json
"""
import json
import pathlib
import warnings

import numpy as np
from obp.dataset import OpenBanditDataset
from obp.ope import DirectMethod, DoublyRobust, InverseProbabilityWeighting, SelfNormalizedInverseProbabilityWeighting
from obp.policy import BernoulliTS
from scipy import integrate, stats
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")


def estimates(rounds, action_dist, q_hat):
    given = dict(reward=rounds["reward"], action=rounds["action"], position=rounds["position"], pscore=rounds["pscore"],
                 action_dist=action_dist, estimated_rewards_by_reg_model=q_hat)
    out = {}
    for name, estimator in (("ips", InverseProbabilityWeighting()), ("snips", SelfNormalizedInverseProbabilityWeighting()),
                            ("dm", DirectMethod()), ("dr", DoublyRobust())):
        terms = estimator._estimate_round_rewards(**given)
        out[name] = {"value": float(estimator.estimate_policy_value(**given))}
        if name != "snips":
            out[name]["standard_error"] = float(np.std(terms, ddof=1) / np.sqrt(len(terms)))
            out[name]["normal"] = [float(x) for x in stats.norm.interval(0.9, out[name]["value"], out[name]["standard_error"])]
    weights = action_dist[np.arange(len(rounds["action"])), rounds["action"], rounds["position"]] / rounds["pscore"]
    # The delta method for a ratio of means.
    rest = weights * (rounds["reward"] - out["snips"]["value"])
    out["snips"]["standard_error"] = float(np.std(rest, ddof=1) / np.sqrt(len(rest)) / weights.mean())
    return out


def made(rng):
    n, a, l = 120, 5, 3
    chances = rng.dirichlet(np.ones(a), n)
    action = np.array([rng.choice(a, p=c) for c in chances])
    rounds = {"action": action, "position": rng.integers(0, l, n), "reward": (rng.random(n) < 0.3).astype(float),
              "pscore": chances[np.arange(n), action]}
    policy = rng.dirichlet(np.ones(a) * 2, n)
    q_hat = rng.random((n, a, l)) * 0.6
    values = estimates(rounds, np.repeat(policy[:, :, None], l, 2), q_hat)
    fixed = rng.dirichlet(np.ones(a), l).T
    return {"actions": a, "positions": l, **{k: v.tolist() for k, v in rounds.items()}, "policy": policy.ravel().tolist(),
            "q_hat": q_hat[np.arange(n), :, rounds["position"]].ravel().tolist(), "values": values,
            "fixed": fixed.ravel().tolist(), "fixed_values": estimates(rounds, np.repeat(fixed[None], n, 0), q_hat)}


def regression(rng):
    """Cross-fitted logistic regression on one-hot context, position and action, and the affinity to the action."""
    n, a, l, sizes, l2 = 300, 4, 2, [3, 2], 0.7
    codes = np.stack([rng.integers(0, size, n) for size in sizes], 1)
    action, position = rng.integers(0, a, n), rng.integers(0, l, n)
    affinity = rng.integers(0, 3, (n, a)).astype(float)
    logit = -1.5 + 0.5 * codes[:, 0] - 0.4 * action + 0.6 * affinity[np.arange(n), action]
    reward = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float)
    folds = rng.permutation(np.arange(n) % 3)

    def design(actions):
        columns = [np.eye(size)[codes[:, f]] for f, size in enumerate(sizes)]
        columns += [np.eye(l)[position], np.eye(a)[actions], affinity[np.arange(n), actions][:, None]]
        return np.concatenate(columns, 1)

    q_hat = np.zeros((n, a))
    for fold in range(3):
        model = LogisticRegression(C=1 / l2, tol=1e-12, solver="newton-cholesky").fit(design(action)[folds != fold], reward[folds != fold])
        for b in range(a):
            q_hat[folds == fold, b] = model.predict_proba(design(np.full(n, b))[folds == fold])[:, 1]
    return {"actions": a, "positions": l, "sizes": sizes, "l2": l2, "codes": codes.ravel().tolist(), "action": action.tolist(),
            "position": position.tolist(), "affinity": affinity.ravel().tolist(), "reward": reward.tolist(),
            "folds": folds.tolist(), "q_hat": q_hat.ravel().tolist()}


def exact_ranks(alpha, beta, positions):
    """The chance that an arm has the l-th highest rate, by adaptive quadrature over the rate."""
    def density(x, arm, place):
        below = [stats.beta.cdf(x, alpha[b], beta[b]) for b in range(len(alpha)) if b != arm]
        above = np.zeros(positions)
        above[0] = 1
        for p in below:
            above = above * p + np.concatenate([[0], above[:-1]]) * (1 - p)
        return stats.beta.pdf(x, alpha[arm], beta[arm]) * above[place]
    return [[integrate.quad(density, 0, 1, (arm, place), limit=500, epsabs=1e-12, points=[a / (a + b) for a, b in zip(alpha, beta)])[0]
             for place in range(positions)] for arm in range(len(alpha))]


def thompson():
    alpha, beta, positions, draws = [2.0, 1.0, 12.0, 30.0, 0.5], [20.0, 1.5, 60.0, 200.0, 4.0], 3, 100000
    policy = BernoulliTS(n_actions=5, len_list=positions, alpha=np.array(alpha), beta=np.array(beta), random_state=1)
    return {"alpha": alpha, "beta": beta, "positions": positions, "draws": draws,
            "simulated": policy.compute_batch_action_dist(1, draws)[0].ravel().tolist(),
            "exact": np.ravel(exact_ranks(alpha, beta, positions)).tolist()}


def logs():
    out = {}
    for campaign in ("all", "men", "women"):
        sets = {p: OpenBanditDataset(behavior_policy=p, campaign=campaign).obtain_batch_bandit_feedback() for p in ("random", "bts")}
        a, n, draws = sets["bts"]["n_actions"], sets["bts"]["n_rounds"], 100000
        grid = 0.002 + 0.0005 * ((np.arange(a)[:, None] * 7 + np.arange(3)[None] * 3) % 11)
        q_hat = np.repeat(grid[None], n, 0)
        policy = BernoulliTS(n_actions=a, len_list=3, is_zozotown_prior=True, campaign=campaign, random_state=12345)
        chances = policy.compute_batch_action_dist(1, draws)
        out[campaign] = {
            "random_from_bts": estimates(sets["bts"], np.full((n, a, 3), 1 / a), q_hat),
            "bts_from_random": estimates(sets["random"], np.repeat(chances, n, 0), q_hat),
            "bts": chances[0].ravel().tolist(), "draws": draws, "positions": 3,
            "own": {p: float(s["reward"].mean()) for p, s in sets.items()}}
    return out


def main():
    rng = np.random.default_rng(7)
    golden = {"made": made(rng), "regression": regression(rng), "thompson": thompson(), "logs": logs()}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
