import Testing
import Torch

/// Expects the same shape and every value within `tolerance` (absolute, and relative to large values).
package func expectClose(
  _ received: Tensor, _ expected: Tensor, tolerance: Double = 1e-5, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(received.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  guard received.shape == expected.shape else { return }
  var worst = 0.0
  for (x, y) in zip(try received.doubles(), try expected.doubles()) {
    let difference = abs(x - y) / max(1, abs(y))
    worst = difference.isNaN ? .infinity : max(worst, difference)
  }
  #expect(worst <= tolerance, "\(what): differs by \(worst)", sourceLocation: sourceLocation)
}

/// Expects exactly the same values.
package func expectSame(
  _ received: Tensor, _ expected: Tensor, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(received.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  #expect(try received.doubles() == expected.doubles(), "\(what)", sourceLocation: sourceLocation)
}
