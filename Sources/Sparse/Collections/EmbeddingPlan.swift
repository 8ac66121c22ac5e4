/// What a set of tables will take, said before it is taken.
///
/// ```swift
/// let plan = EmbeddingPlan(
///   [EmbeddingBagConfig(name: "item", numEmbeddings: 10_000_000, embeddingDim: 64)],
///   optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01))
/// print(plan.totalBytes)                // 2_600_000_000: 2.56 GB of weights, 40 MB of optimiser state
/// try plan.requireMemory(device: .cpu)  // throws with the arithmetic where that isn't free
/// ```
public struct EmbeddingPlan: Sendable, Equatable {
  /// One table's share.
  public struct Line: Sendable, Equatable {
    public let table: String
    public let rows: Int
    public let dimension: Int
    public let dataType: EmbeddingDataType
    public let placement: EmbeddingPlacement
    /// Of the weights.
    public let bytes: Int
    /// Of the optimiser's state.
    public let stateBytes: Int

    /// - Parameter stateBytes: of the optimiser's state for the whole table.
    public init(
      table: String, rows: Int, dimension: Int, dataType: EmbeddingDataType = .fp32,
      placement: EmbeddingPlacement = .device, stateBytes: Int
    ) {
      self.table = table
      self.rows = rows
      self.dimension = dimension
      self.dataType = dataType
      self.placement = placement
      // A row of a terabyte is beyond any machine, and stays clear of overflow.
      bytes = .saturatingProduct(rows, dataType.rowBytes(min(dimension, 1 << 40)))
      self.stateBytes = stateBytes
    }

    public var totalBytes: Int { .saturatingSum(bytes, stateBytes) }
  }

  public let lines: [Line]
  /// What makes the tables smaller, named by the error for tables that can't fit.
  public var advice: String

  public static let advice =
    "take fewer rows, a smaller dimension, 16-bit rows (bf16), or an optimiser with less state such as row-wise Adagrad"

  public init(lines: [Line], advice: String = EmbeddingPlan.advice) {
    self.lines = lines
    self.advice = advice
  }

  /// - Parameters:
  ///   - optimizer: the rule of every table; nil for tables that keep no state.
  ///   - optimizers: rules of single tables, by name.
  public init(
    _ configs: [any EmbeddingTableConfig], optimizer: EmbeddingOptimizer? = nil,
    optimizers: [String: EmbeddingOptimizer] = [:]
  ) {
    self.init(
      lines: configs.map { config in
        let rule = optimizers[config.name] ?? optimizer
        return Line(
          table: config.name, rows: config.numEmbeddings, dimension: config.embeddingDim, dataType: config.dataType,
          placement: config.placement,
          stateBytes: rule?.stateBytes(rows: config.numEmbeddings, dimension: config.embeddingDim) ?? 0)
      })
  }

  public var rows: Int { Self.sum(lines, \.rows) }
  public var bytes: Int { Self.sum(lines, \.bytes) }
  public var stateBytes: Int { Self.sum(lines, \.stateBytes) }
  public var totalBytes: Int { .saturatingSum(bytes, stateBytes) }

  static func sum(_ lines: [Line], _ part: KeyPath<Line, Int>) -> Int {
    lines.reduce(0) { .saturatingSum($0, $1[keyPath: part]) }
  }
}

extension EmbeddingOptimizer {
  /// Bytes of state for `rows` x `dimension` weights; `Int.max` for more than that.
  public func stateBytes(rows: Int, dimension: Int) -> Int {
    states.reduce(0) { .saturatingSum($0, .saturatingProduct(rows, $1.isRowWise ? 1 : dimension, 4)) }
  }
}

extension Int {
  /// The product, or `Int.max` where it does not fit: more than any machine has, either way.
  package static func saturatingProduct(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
      let (partial, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? .max : partial
    }
  }

  package static func saturatingSum(_ first: Int, _ second: Int) -> Int {
    let (partial, overflow) = first.addingReportingOverflow(second)
    return overflow ? .max : partial
  }
}
