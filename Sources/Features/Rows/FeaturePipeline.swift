import Torch

/// What makes numbers and ids of the fields of a row: fitted on training rows, saved with the model, and the very object
/// that serves.
///
/// ```swift
/// let pipeline = try FeaturePipeline.fit(.criteo(), files: RowFiles(["train.tsv.gz"], format: .criteo))
/// try pipeline.write(to: "run/features")
/// let batch = try FeaturePipeline(reading: "run/features").batch([["I1": "3", "C1": "68fd1e64"]])
/// ```
public struct FeaturePipeline: Sendable, Equatable {
  public let schema: FeatureSchema
  /// The features that it makes: what a ranker is built for.
  public let space: FeatureSpace

  /// By column of the schema.
  let states: [ColumnState]
  let layout: RowLayout
  let plan: FeaturePlan

  /// The pipeline of a schema that learns nothing from training rows.
  ///
  /// - Throws: `DataError` for a faulty schema, for one that has to be fitted, and for vectors that can't be read.
  public init(_ schema: FeatureSchema) throws {
    try schema.check()
    guard !schema.needsFit else {
      throw DataError(
        .invalidArgument, "the schema has vocabularies, quantiles or standardised numbers, which training rows give",
        remedy: "use FeaturePipeline.fit")
    }
    try self.init(schema, states: try FeaturePipeline.givenStates(schema))
  }

  init(_ schema: FeatureSchema, states: [ColumnState]) throws {
    self.schema = schema
    self.states = states
    layout = RowLayout(schema)
    plan = FeaturePlan(schema, states: states, layout: layout)
    space = plan.space
    let keys = space.categorical.map(\.name)
    guard Set(keys).count == keys.count else {
      throw DataError(.invalidArgument, "two features have one name", remedy: "name each feature once")
    }
  }

  /// What is known without training rows.
  static func givenStates(_ schema: FeatureSchema) throws -> [ColumnState] {
    try schema.columns.map { column in
      switch column.kind {
      case .dense(.buckets(let edges)): .edges(edges)
      case .vector(let width, .table(let path, let ids, let tensor)):
        .vectors(try VectorTable(path: path, ids: ids, tensor: tensor, width: width))
      default: .nothing
      }
    }
  }

  public static func == (left: FeaturePipeline, right: FeaturePipeline) -> Bool {
    left.schema == right.schema && left.states == right.states
  }

  /// The batch of a block's rows.
  ///
  /// - Throws: `DataError` for a block of another schema.
  public func makeBatch(_ block: RowBlock) throws -> FeatureBatch {
    guard block.layout == layout else {
      throw DataError(
        .invalidArgument, "the block was read with another schema", remedy: "read it with the pipeline's schema")
    }
    let rows = plan.transform(block, rows: (0..<block.count).map { Int32($0) })
    return try FeatureBatchBuilder(plan).batch(PickedRows(rows))
  }

  /// The batch of single rows, as a request has them: the text of each of the file's columns by name.
  ///
  /// A column that a row lacks is missing, as a blank field is; labels may be missing here.
  ///
  /// - Throws: `DataError` with the row (as line, from 1) and the column for a field that can't be read.
  public func batch(_ rows: [[String: String]]) throws -> FeatureBatch {
    let block = RowBlock(layout: layout, capacity: rows.count)
    for (number, row) in rows.enumerated() {
      for (column, meaning) in schema.columns.enumerated() {
        var text = row[meaning.fileColumn] ?? ""
        let fault: FieldFault? = text.withUTF8 { bytes in
          do throws(FieldFault) {
            try block.take(UnsafeRawBufferPointer(bytes), column: column, row: number)
            return nil
          } catch {
            return error
          }
        }
        if let fault {
          throw fault.error(file: "request", line: number + 1, column: meaning.fileColumn, received: text)
        }
      }
      for list in block.lists { list.endRow() }
      block.count = number + 1
    }
    return try makeBatch(block)
  }
}
