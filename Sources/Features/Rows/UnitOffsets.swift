import Foundation
import Torch

/// The offsets of bags of one id each, `0, 1, ...`: the same tensor for all batches of one size, which nobody changes.
enum UnitOffsets {
  private static let kept = Kept()

  private final class Kept: @unchecked Sendable {
    let lock = NSLock()
    var tensor: Tensor?
  }

  static func tensor(_ count: Int) throws -> Tensor {
    if let tensor = kept.lock.withLock({ kept.tensor }), tensor.count == count { return tensor }
    let made = try Tensor.arange(count)
    kept.lock.withLock { kept.tensor = made }
    return made
  }
}
