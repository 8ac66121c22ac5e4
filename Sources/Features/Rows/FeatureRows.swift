/// Transformed rows, row by row, so that a shuffled batch gathers each from one place.
final class FeatureRows: @unchecked Sendable {
  /// Ids of one feature: row `r` has those from `offsets[r]` to `offsets[r + 1]`.
  struct Lists: Sendable {
    var offsets: [Int]
    var ids: [Int32]
    var weights: [Float]
  }

  /// Numbers of a vector, or rows of a table (-1 for zeros).
  enum Vectors: Sendable {
    /// Where each row's numbers begin, -1 for zeros.
    case numbers([Float], starts: [Int])
    case places([Int32])
  }

  let count: Int
  /// Faulty rows that were left out of the block.
  let skipped: Int
  /// `[count, D]`.
  let dense: UnsafeMutablePointer<Float>
  /// `[count, F]` for the features of one id.
  let ids: UnsafeMutablePointer<Int32>
  /// `[count, T]`.
  let labels: UnsafeMutablePointer<Float>
  let weights: UnsafeMutablePointer<Float>?
  let groups: UnsafeMutablePointer<Int64>?
  var lists: [Lists] = []
  var vectors: [Vectors] = []
  private let memory: RowMemory

  init(_ plan: FeaturePlan, count: Int, skipped: Int) {
    self.count = count
    self.skipped = skipped
    let rows = max(1, count)
    var place = 0
    func room(_ bytes: Int) -> Int {
      defer { place += (bytes + 63) / 64 * 64 }
      return place
    }
    let denseAt = room(rows * plan.dense.count * 4)
    let idsAt = room(rows * plan.singles.count * 4)
    let labelsAt = room(rows * plan.labels.count * 4)
    let weightsAt = plan.weight.map { _ in room(rows * 4) }
    let groupsAt = plan.group.map { _ in room(rows * 8) }
    memory = RowMemory(byteCount: place)
    let base = memory.base
    dense = (base + denseAt).bindMemory(to: Float.self, capacity: rows * plan.dense.count)
    ids = (base + idsAt).bindMemory(to: Int32.self, capacity: rows * plan.singles.count)
    labels = (base + labelsAt).bindMemory(to: Float.self, capacity: rows * plan.labels.count)
    weights = weightsAt.map { (base + $0).bindMemory(to: Float.self, capacity: rows) }
    groups = groupsAt.map { (base + $0).bindMemory(to: Int64.self, capacity: rows) }
  }
}
