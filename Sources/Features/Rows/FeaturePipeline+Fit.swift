import Foundation

extension FeaturePipeline {
  /// Learns vocabularies, means and edges in one pass over training files.
  ///
  /// Memory is the different tokens (at most 33 million a column at a time; the rarest are forgotten beyond that), a sample of
  /// 200,000 numbers for quantiles, and a few blocks. The result does not depend on the number of workers.
  ///
  /// - Parameters:
  ///   - workers: threads beside the caller's.
  ///   - progress: called with the share of the blocks that are read, where it is known.
  /// - Throws: `DataError` for a faulty schema, and for files with faults, with file, line and column.
  public static func fit(
    _ schema: FeatureSchema, files: RowFiles, workers: Int = 1, onError: RowFaultPolicy = .fail,
    progress: ((_ done: Double) -> Void)? = nil
  ) throws -> FeaturePipeline {
    try schema.check()
    guard schema.needsFit else { return try FeaturePipeline(schema) }
    let given = try givenStates(schema)
    let learner = PipelineLearner(schema)
    let pool = WorkerPool(workers: workers)
    let paths = try files.expanded()
    let reading = RowReading(schema, onError: onError, keepsTokens: true)
    for (number, path) in paths.enumerated() {
      let reader = try RowReaders.open(path, format: files.format, reading: reading)
      var next = 0
      let width = max(2, workers + 1) * 2
      while true {
        let blocks = try parse(reader, from: next, count: width, pool)
        learner.add(blocks, pool)
        next += width
        if let count = reader.blockCount {
          progress?((Double(number) + Double(min(next, count)) / Double(max(1, count))) / Double(paths.count))
          if next >= count { break }
        } else if blocks.count < width {
          break
        }
      }
      progress?(Double(number + 1) / Double(paths.count))
    }
    guard learner.rows > 0 else {
      throw DataError(
        .empty, file: paths.first, "has no rows to fit the features on", remedy: "give files with training rows")
    }
    return try FeaturePipeline(schema, states: learner.states(given))
  }

  /// Blocks in order, parsed side by side.
  private static func parse(
    _ reader: any RowReader, from first: Int, count: Int, _ pool: WorkerPool
  ) throws -> [RowBlock] {
    let parts = (0..<count).map { offset in Deferred { try reader.block(first + offset) } }
    pool.forEach(count) { parts[$0].run() }
    var blocks: [RowBlock] = []
    for part in parts {
      guard let block = try part.value() else { break }
      blocks.append(block)
    }
    return blocks
  }
}

/// What is known of the columns so far. Each column is the work of one thread at a time.
private final class PipelineLearner: @unchecked Sendable {
  private let schema: FeatureSchema
  private var summaries: [NumberSummary?]
  private var counters: [TokenCounter?]
  private(set) var rows = 0

  init(_ schema: FeatureSchema) {
    self.schema = schema
    summaries = schema.columns.enumerated().map { place, column in
      switch column.kind {
      case .dense(.standardise): NumberSummary(keepsSample: false, column: place)
      case .dense(.quantiles): NumberSummary(keepsSample: true, column: place)
      default: nil
      }
    }
    counters = schema.columns.map { PipelineLearner.vocabulary($0) == nil ? nil : TokenCounter() }
  }

  /// Minimum count and limit of a column with a vocabulary.
  private static func vocabulary(_ column: FeatureColumn) -> (Int, Int?)? {
    switch column.kind {
    case .categorical(.vocabulary(let minimum, let limit)), .bag(.vocabulary(let minimum, let limit), _, _),
      .sequence(.vocabulary(let minimum, let limit), _, _):
      (minimum, limit)
    default: nil
    }
  }

  func add(_ blocks: [RowBlock], _ pool: WorkerPool) {
    rows += blocks.reduce(0) { $0 + $1.count }
    let busy = schema.columns.indices.filter { summaries[$0] != nil || counters[$0] != nil }
    // Taken out, so that no two threads touch one array.
    let parts = busy.map { ColumnWork(column: $0, summary: summaries[$0], counter: counters[$0]) }
    for column in busy { (summaries[column], counters[column]) = (nil, nil) }
    pool.forEach(parts.count) { place in for block in blocks { parts[place].add(block) } }
    for part in parts { (summaries[part.column], counters[part.column]) = (part.summary, part.counter) }
  }

  func states(_ given: [ColumnState]) -> [ColumnState] {
    schema.columns.indices.map { place in
      if let counter = counters[place], let (minimum, limit) = PipelineLearner.vocabulary(schema.columns[place]) {
        return .vocabulary(counter.vocabulary(minimumCount: minimum, limit: limit))
      }
      guard let summary = summaries[place] else { return given[place] }
      if case .dense(.quantiles(let count)) = schema.columns[place].kind { return .edges(summary.edges(count)) }
      return .standard(mean: summary.mean, deviation: summary.deviation)
    }
  }
}

/// One column's work on some blocks.
private final class ColumnWork: @unchecked Sendable {
  let column: Int
  var summary: NumberSummary?
  var counter: TokenCounter?

  init(column: Int, summary: NumberSummary?, counter: TokenCounter?) {
    self.column = column
    self.summary = summary
    self.counter = counter
  }

  func add(_ block: RowBlock) {
    summary?.add(UnsafeBufferPointer(rebasing: block.numbers(column)[..<min(block.count, block.numbers(column).count)]))
    guard counter != nil else { return }
    if let list = block.lists(column) {
      list.tokens.withUnsafeBufferPointer { tokens in
        list.spans.withUnsafeBufferPointer { spans in
          if let spans = spans.baseAddress { counter?.add(tokens, spans, of: block) }
        }
      }
    } else if case .token(let slot) = block.layout.slots[column], let spans = block.spanMemory {
      let start = slot * block.capacity
      counter?.add(
        UnsafeBufferPointer(start: block.tokenMemory + start, count: block.count), spans + start, of: block)
    }
  }
}
