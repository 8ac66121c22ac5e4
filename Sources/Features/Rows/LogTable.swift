import Foundation

/// `log(1 + x)` of counts, most of which are small whole numbers.
final class LogTable: Sendable {
  static let shared = LogTable()

  private static let size = 4_096
  private let values: [Float] = (0..<LogTable.size).map { Foundation.log1pf(Float($0)) }

  @inline(__always)
  func withValues(_ body: (UnsafePointer<Float>) -> Void) {
    values.withUnsafeBufferPointer { if let base = $0.baseAddress { body(base) } }
  }

  /// The same of counts, 0 for a negative one.
  func values(_ counts: [Int32]) -> [Float] {
    values.withUnsafeBufferPointer { values in
      counts.map { count in values.baseAddress.map { LogTable.log1p(Float(count), $0) } ?? 0 }
    }
  }

  /// 0 for a number that is missing or negative.
  @inline(__always)
  static func log1p(_ value: Float, _ table: UnsafePointer<Float>) -> Float {
    if value >= 0, value < Float(size) {
      let whole = Int32(value)
      if Float(whole) == value { return table[Int(whole)] }
    }
    return value > 0 ? Foundation.log1pf(value) : 0
  }
}
