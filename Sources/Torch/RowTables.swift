import CSwiftRec

/// Embedding tables behind one fused lookup: pooled rows out, and the optimiser inside the backward pass. They are on the CPU,
/// or all on one GPU (`haveKernels(on:)`).
///
/// It shares the tensors that it is made of, so what training changes is seen by whoever holds them. The floor above gives
/// it names and shapes that a person asks for (`EmbeddingBagCollection`).
public final class RowTables: @unchecked Sendable {
  /// How rows are stored. The quantised ones are PyTorch's byte and 4-bit rowwise layouts, in uint8 tensors.
  public enum RowType: Int32, Sendable, CaseIterable {
    case float32, float16, bfloat16, int8, int4

    /// Bytes of a row of `dimension` values.
    public func rowBytes(_ dimension: Int) -> Int {
      switch self {
      case .float32: dimension * 4
      case .float16, .bfloat16: dimension * 2
      case .int8: dimension + 8
      case .int4: (dimension + 1) / 2 + 4
      }
    }
  }

  /// Quantises each row by itself: `[rows, D]` of a floating type to `[rows, row bytes]` uint8.
  ///
  /// - Parameter type: `.int8` or `.int4` (even `D`).
  public static func quantize(_ weight: Tensor, to type: RowType) throws -> Tensor {
    var out: OpaquePointer?
    try check(
      withExtendedLifetime(weight) { sr_quantize_rows(weight.pointer, type.rawValue, &out) }, "quantize_rows", [weight])
    return try Tensor(adopting: out, "quantize_rows")
  }

  /// What quantised rows stand for: `[rows, D]` float32.
  public static func dequantize(_ rows: Tensor, from type: RowType, dimension: Int) throws -> Tensor {
    var out: OpaquePointer?
    try check(
      withExtendedLifetime(rows) { sr_dequantize_rows(rows.pointer, type.rawValue, Int64(dimension), &out) },
      "dequantize_rows", [rows])
    return try Tensor(adopting: out, "dequantize_rows")
  }

  /// The rule that updates a table's rows in backward.
  public enum RuleKind: Int32, Sendable {
    case none, sgd, adagrad, rowWiseAdagrad, adam, adamW, rowWiseAdam
  }

  /// A rule with its numbers. `clip` bounds each element of a row's summed gradient, 0 for none; `weightDecay` is decoupled
  /// for `adamW` and `rowWiseAdam`, else added to the gradient.
  public struct Rule: Sendable {
    public var kind: RuleKind
    public var learningRate: Double
    public var epsilon: Double
    public var beta1: Double
    public var beta2: Double
    public var weightDecay: Double
    public var clip: Double
    public var stochasticRounding: Bool
    public var seed: UInt32

    public init(
      _ kind: RuleKind, learningRate: Double = 0, epsilon: Double = 0, beta1: Double = 0, beta2: Double = 0,
      weightDecay: Double = 0, clip: Double = 0, stochasticRounding: Bool = true, seed: UInt32 = 0
    ) {
      self.kind = kind
      self.learningRate = learningRate
      self.epsilon = epsilon
      self.beta1 = beta1
      self.beta2 = beta2
      self.weightDecay = weightDecay
      self.clip = clip
      self.stochasticRounding = stochasticRounding
      self.seed = seed
    }

    var bridged: SRRowRule {
      SRRowRule(
        kind: kind.rawValue, learning_rate: learningRate, epsilon: epsilon, beta1: beta1, beta2: beta2,
        weight_decay: weightDecay, clip: clip, stochastic: stochasticRounding, seed: seed)
    }
  }

  /// One table: `weight` `[rows, dimension]` (`[rows, row bytes]` uint8 when quantised) and its optimiser's state.
  public struct Table: Sendable {
    public var weight: Tensor
    public var type: RowType
    public var dimension: Int
    public var firstState: Tensor?
    public var secondState: Tensor?
    public var rule: Rule

    public init(
      weight: Tensor, type: RowType, dimension: Int, firstState: Tensor? = nil, secondState: Tensor? = nil,
      rule: Rule = Rule(.none)
    ) {
      self.weight = weight
      self.type = type
      self.dimension = dimension
      self.firstState = firstState
      self.secondState = secondState
      self.rule = rule
    }
  }

  /// What becomes of the rows of a bag; `none` keeps a row an id.
  public enum Pooling: Int32, Sendable {
    case sum, mean, none
  }

  /// One feature of a batch: `bags` bags whose ids lie between the offsets from `firstOffset` on; its columns start at
  /// `column` of output `output`.
  public struct Feature: Sendable {
    public var table: Int
    public var pooling: Pooling
    public var bags: Int
    public var firstOffset: Int
    public var output: Int
    public var column: Int

    public init(table: Int, pooling: Pooling, bags: Int, firstOffset: Int, output: Int, column: Int) {
      self.table = table
      self.pooling = pooling
      self.bags = bags
      self.firstOffset = firstOffset
      self.output = output
      self.column = column
    }

    var bridged: SRBagFeature {
      SRBagFeature(
        table: Int32(table), pooling: SRPooling(UInt32(pooling.rawValue)), bags: Int64(bags),
        first_offset: Int64(firstOffset), output: Int32(output), column: Int64(column))
    }
  }

  /// An id outside its table, which ended a lookup before anything was changed.
  public struct IDFault: Error, Sendable {
    /// The feature's number in the call.
    public let feature: Int
    /// Which id of that feature, from 0.
    public let position: Int
    public let id: Int64

    public init(feature: Int, position: Int, id: Int64) {
      self.feature = feature
      self.position = position
      self.id = id
    }
  }

  let handle: OpaquePointer

  /// - Throws: `TorchError` when a tensor does not fit its row type, dimension or rule.
  public init(_ tables: [Table]) throws {
    var out: OpaquePointer?
    let status = withExtendedLifetime(tables) {
      let bridged = tables.map {
        SRRowTable(
          weight: $0.weight.pointer, row_type: $0.type.rawValue, dim: Int64($0.dimension),
          first_state: $0.firstState?.pointer, second_state: $0.secondState?.pointer, rule: $0.rule.bridged)
      }
      return sr_row_tables_create(bridged, bridged.count, &out)
    }
    try check(status, "row_tables", tables.map(\.weight))
    guard let out else { throw TorchError(.unknown, operation: "row_tables", message: "returned no tables") }
    handle = out
  }

  deinit { sr_row_tables_free(handle) }

  /// Takes another rule of the same kind for a table: the next step of a schedule.
  public func setRule(_ rule: Rule, table: Int) throws {
    var bridged = rule.bridged
    try check(sr_row_tables_set_rule(handle, table, &bridged), "row_tables.set_rule", [])
  }

  /// From now on backward hands the rows of a batch, `[U]` int64 and rising, and their summed gradients, `[U, D]`, over to
  /// `update` instead of applying the table's rule. On the CPU only.
  public func handOver(table: Int, to update: @escaping (_ rows: Tensor, _ gradients: Tensor) throws -> Void) throws {
    let context = Unmanaged.passRetained(CallbackBox(update)).toOpaque()
    let status = sr_row_tables_set_update(
      handle, table,
      { context, rows, sums in
        runCallback {
          guard let context, let rows, let sums else { return }
          let update = Unmanaged<CallbackBox<(Tensor, Tensor) throws -> Void>>.fromOpaque(context)
            .takeUnretainedValue().body
          try update(Tensor.sharing(rows), Tensor.sharing(sums))
        }
      }, context, releaseCallback)
    try check(status, "row_tables.hand_over", [])
  }

  /// Updates of a table so far, on which Adam's bias correction depends.
  public func steps(table: Int) -> Int { Int(sr_row_tables_steps(handle, table)) }

  public func setSteps(_ steps: Int, table: Int) throws {
    try check(sr_row_tables_set_steps(handle, table, Int64(steps)), "row_tables.set_steps", [])
  }

  /// Looks up every feature. Where gradients are on, the backward of the outputs updates the tables by their rules, and
  /// gives sparse gradients to weights that ask for one and have no rule.
  ///
  /// - Parameters:
  ///   - ids: `[N]` int64.
  ///   - offsets: int64, never falling; they serve all features.
  ///   - weights: `[N]` float32, a factor for each id; differentiable. All three are where the tables are.
  ///   - outputs: rows and columns of each output.
  /// - Returns: the outputs, float32.
  /// - Throws: `IDFault` for the first id found outside its table; `TorchError` for tensors that do not fit together.
  public func lookUp(
    _ features: [Feature], ids: Tensor, offsets: Tensor, weights: Tensor? = nil, outputs: [(rows: Int, columns: Int)]
  ) throws -> [Tensor] {
    let bridged = features.map(\.bridged)
    var out = [OpaquePointer?](repeating: nil, count: outputs.count)
    var fault = SRBagFault()
    let status = withExtendedLifetime((ids, offsets, weights)) {
      sr_embedding_bags(
        handle, bridged, bridged.count, ids.pointer, offsets.pointer, weights?.pointer, outputs.map { Int64($0.rows) },
        outputs.map { Int64($0.columns) }, outputs.count, &out, &fault)
    }
    if status != 0, fault.feature >= 0 {
      throw IDFault(feature: Int(fault.feature), position: Int(fault.position), id: fault.id)
    }
    try check(status, "embedding_bags", [ids, offsets, weights].compactMap { $0 })
    return try out.map { try Tensor(adopting: $0, "embedding_bags") }
  }

  /// Asks the processor for the rows that a lookup soon after reads, so that it finds them in the caches. Nothing changes; tables
  /// on a GPU are left alone.
  ///
  /// - Parameters:
  ///   - ids: `[N]` int64, and offsets: int64; both contiguous on the CPU.
  public func prefetch(_ features: [Feature], ids: Tensor, offsets: Tensor) throws {
    let bridged = features.map(\.bridged)
    try check(
      withExtendedLifetime((ids, offsets)) {
        sr_prefetch_rows(handle, bridged, bridged.count, ids.pointer, offsets.pointer)
      }, "prefetch_rows", [ids, offsets])
  }
}
