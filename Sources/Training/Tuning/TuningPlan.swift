/// How trials share the training that is to be had: all of it for each, or little for many and more for the few that do well.
///
/// Successive halving trains every trial for `R / eta^s`, keeps the best of `eta`, trains those on to `R / eta^(s-1)`, and so
/// on to `R` (Jamieson and Talwalkar 2016, arXiv:1502.07943; the inner loop of Hyperband, Li et al. 2018, arXiv:1603.06560,
/// algorithm 1). A trial goes on from its checkpoint: no step is taken twice.
public struct TuningPlan: Sendable, Equatable {
  public enum Method: String, Sendable, CaseIterable, Codable {
    /// Every trial is trained to the end (Bergstra and Bengio 2012, "Random search for hyper-parameter optimization").
    case random
    /// Successive halving.
    case halving
  }

  /// What a trial is given.
  public enum Resource: String, Sendable, Codable {
    case epochs
    /// For a configuration with `max_steps`.
    case steps
  }

  /// One round: how many trials are trained, and how far.
  public struct Rung: Sendable, Equatable {
    public var trials: Int
    public var budget: Int
  }

  public var resource: Resource
  public var rungs: [Rung]

  /// - Parameters:
  ///   - trials: at least 1.
  ///   - loop: whose `max_steps`, or else epochs, the last rung has.
  ///   - eta: one in so many trials goes on, at least 2.
  public init(_ method: Method, trials: Int, loop: LoopConfiguration, eta: Int = 3) {
    resource = loop.maxSteps == nil ? .epochs : .steps
    let whole = max(1, loop.maxSteps ?? loop.epochs)
    var rungs = [Rung(trials: trials, budget: whole)]
    if method == .halving {
      // As many rungs as leave a trial for the last one, and a whole unit for the first.
      var (share, count) = (1, 1)
      var budgets = [whole]
      while trials / (share * eta) >= 1, whole / (share * eta) >= 1 {
        share *= eta
        count += 1
        budgets.insert(whole / share, at: 0)
      }
      rungs = []
      var left = trials
      for budget in budgets {
        rungs.append(Rung(trials: left, budget: budget))
        left /= eta
      }
    }
    self.rungs = rungs
  }
}
