import Torch
import TorchNN

/// One level of progressive layered extraction: shared experts, experts of each goal, and a gate for each goal over both; but
/// in the last level also a gate for what is shared, over all experts.
///
/// Parameters: `shared.<e>.0`, ..., `goals.<goal>.<e>.0`, ..., `gates.<goal>.weight`, `shared_gate.weight`.
///
/// Tang et al. 2020, "Progressive Layered Extraction (PLE)", section 4.2.
public final class ExtractionLevel: Module {
  /// What goes from level to level.
  public struct Mixes {
    /// `[B, W]` for each goal.
    public var goals: [Tensor]
    /// `[B, W]`.
    public var shared: Tensor
  }

  private let shared: ExpertGroup
  private let goals: ModuleList<ExpertGroup>
  private let gates: ModuleList<ExpertGate>
  private let sharedGate: ExpertGate?

  /// - Parameters:
  ///   - width: `W` of the input.
  ///   - count: how many goals there are.
  public init(
    _ width: Int, goals count: Int, _ configuration: PLE.Configuration, isLast: Bool, generator: Generator?
  ) throws {
    let sizes = [width] + configuration.expertHidden
    let members = Members()
    shared = members.add("shared", try ExpertGroup(configuration.sharedExperts, sizes: sizes, generator: generator))
    goals = members.add(
      "goals",
      ModuleList(
        try (0..<count).map { _ in try ExpertGroup(configuration.experts, sizes: sizes, generator: generator) }))
    let heard = configuration.experts + configuration.sharedExperts
    gates = members.add(
      "gates",
      ModuleList(try (0..<count).map { _ in try ExpertGate(width, experts: heard, generator: generator) }))
    sharedGate =
      isLast
      ? nil
      : members.add(
        "shared_gate",
        try ExpertGate(
          width, experts: count * configuration.experts + configuration.sharedExperts, generator: generator))
    super.init(members)
  }

  public func callAsFunction(_ input: Mixes) throws -> Mixes {
    let common = try shared(input.shared)
    let own = try zip(goals.elements, input.goals).map { try $0($1) }
    let mixed = try zip(gates.elements, zip(own, input.goals)).map { gate, goal in
      try ExpertGate.mix(gate(goal.1).shares, goal.0 + common)
    }
    guard let sharedGate else { return Mixes(goals: mixed, shared: input.shared) }
    return Mixes(
      goals: mixed,
      shared: try ExpertGate.mix(sharedGate(input.shared).shares, own.flatMap { $0 } + common))
  }
}
