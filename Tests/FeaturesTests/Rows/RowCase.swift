import Features
import Sparse
import Torch

/// What the tests of rows share.
enum RowCase {
  /// Ids of a feature by row.
  static func ids(_ batch: FeatureBatch, _ feature: String) throws -> [[Int]] {
    let jagged = try batch.sparse[feature]
    let values = try jagged.values.ints()
    let offsets = try jagged.offsets.ints()
    return (0..<batch.count).map { row in Array(values[offsets[row] - offsets[0]..<offsets[row + 1] - offsets[0]]) }
  }

  /// Numbers of a feature by row.
  static func numbers(_ batch: FeatureBatch, _ space: FeatureSpace, _ feature: String) throws -> [Float] {
    guard let column = space.dense.firstIndex(of: feature) else { return [] }
    let values = try batch.dense.floats()
    return (0..<batch.count).map { values[$0 * space.dense.count + column] }
  }

  /// Everything that a batch has, to be compared.
  static func contents(_ batch: FeatureBatch) throws -> [[Double]] {
    var parts = [
      try batch.dense.doubles(), try batch.sparse.values.doubles(), try batch.sparse.lengths.doubles(),
      try batch.labels.doubles().map { $0.isNaN ? -9 : $0 },
    ]
    if let weights = batch.sparse.weights { parts.append(try weights.doubles()) }
    if let weights = batch.sampleWeights { parts.append(try weights.doubles()) }
    if let groups = batch.groups { parts.append(try groups.doubles()) }
    for name in batch.vectors.keys.sorted() { parts.append(try batch.vectors[name]?.doubles() ?? []) }
    return parts
  }

  static func all(_ batches: any FeatureBatches, epoch: Int = 0, from start: Int = 0) throws -> [FeatureBatch] {
    let iterator = try batches.epoch(epoch, startingAtBatch: start)
    var found: [FeatureBatch] = []
    while let batch = try iterator.next() { found.append(batch) }
    return found
  }

  /// Labels of all rows, in order.
  static func labels(_ batches: [FeatureBatch]) throws -> [Float] { try batches.flatMap { try $0.labels.floats() } }

  /// The blocks of a file, whole.
  static func read(
    _ path: String, _ schema: FeatureSchema, format: RowFiles.Format, onError: RowFaultPolicy = .fail,
    readsLabels: Bool = true
  ) throws -> (rows: Int, skipped: Int) {
    let reader = try RowReaders.open(
      path, format: format, reading: RowReading(schema, onError: onError, readsLabels: readsLabels))
    var (rows, skipped, number) = (0, 0, 0)
    while number < reader.blockCount ?? .max, let block = try reader.block(number) {
      rows += block.count
      skipped += block.skipped
      number += 1
    }
    return (rows, skipped)
  }

  /// A line of Criteo's logs with the fields of `changed` in place of its own.
  static func criteoLine(_ number: Int, _ changed: [Int: String] = [:]) -> String {
    var fields = [number % 3 == 0 ? "1" : "0"] + (0..<13).map { "\((number + $0) % 17)" }
    fields += (0..<26).map { String("0000000" + String((number * 7 + $0) % 97, radix: 16)).suffix(8) + "" }
    for (place, text) in changed { fields[place] = text }
    return fields.joined(separator: "\t") + "\n"
  }
}
