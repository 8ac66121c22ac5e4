import Torch

/// The part of one parameter that one rank steps.
struct ShardPiece {
  /// Positions of the parameter and of its bucket.
  let parameter: Int
  let name: String
  let bucket: Int
  /// Elements of the bucket.
  let range: Range<Int>
  /// Where it begins in the flattened parameter.
  let start: Int
  /// Where it begins in the rank's share of the bucket.
  let shareStart: Int
  /// The values, a view of the bucket.
  var tensor: Tensor?

  /// The piece of a parameter that lies in the share of `rank`, if any does.
  ///
  /// - Parameter place: the parameter's elements of the bucket.
  static func all(
    _ parameter: Int, name: String, in bucket: Int, at place: Range<Int>, share: Int, rank: Int
  ) -> [ShardPiece] {
    let range = place.clamped(to: (rank * share)..<((rank + 1) * share))
    if range.isEmpty { return [] }
    return [
      ShardPiece(
        parameter: parameter, name: name, bucket: bucket, range: range, start: range.lowerBound - place.lowerBound,
        shareStart: range.lowerBound - rank * share)
    ]
  }

  func view(of values: Tensor) throws -> Tensor {
    try values.narrow(dim: 0, start: range.lowerBound, length: range.count).detach()
  }
}
