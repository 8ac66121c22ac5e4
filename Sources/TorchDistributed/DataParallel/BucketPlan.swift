import Torch

/// Which parameters travel together: gradients of one type and device, about a bucket's size of them.
struct BucketPlan: Equatable {
  /// What the plan has to know of a parameter.
  struct Item: Equatable {
    let count: Int
    let dtype: DType
    let device: Device
  }

  /// Positions of parameters, by bucket, in the order in which the buckets leave.
  let buckets: [[Int]]

  /// Fills buckets in this order of the parameters.
  ///
  /// - Parameters:
  ///   - order: positions of `items`; those whose gradients come first stand first.
  ///   - firstBytes: the first bucket is small, so that the traffic starts early.
  init(_ items: [Item], order: [Int], firstBytes: Int, bytes: Int) {
    var done: [[Int]] = []
    var open: [(kind: Item, members: [Int], bytes: Int)] = []
    for position in order {
      let item = items[position]
      let place = open.firstIndex { $0.kind.dtype == item.dtype && $0.kind.device == item.device }
      var bucket = place.map { open.remove(at: $0) } ?? (kind: item, members: [], bytes: 0)
      bucket.members.append(position)
      bucket.bytes += item.count * item.dtype.size
      if bucket.bytes >= (done.isEmpty ? firstBytes : bytes) {
        done.append(bucket.members)
      } else {
        open.append(bucket)
      }
    }
    // The rest leaves in the order in which its last gradients come.
    let place = Dictionary(order.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    buckets = done + open.map(\.members).sorted { place[$0.last ?? 0, default: 0] < place[$1.last ?? 0, default: 0] }
  }
}
