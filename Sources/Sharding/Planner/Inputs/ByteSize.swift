import Foundation

/// Sizes as people write them: `80GiB`, `1.5 TiB`, `64GB`, `1048576`.
public enum ByteSize {
  private static let units: [(name: String, bytes: Double)] = {
    let names = ["K", "M", "G", "T", "P"]
    return names.enumerated().flatMap { index, name in
      let power = Double(index + 1)
      return [(name + "iB", pow(1024, power)), (name + "B", pow(1000, power))]
    } + [("B", 1)]
  }()

  /// - Returns: nil for what is no size, is negative, or is beyond what an `Int` counts.
  public static func parse(_ text: String) -> Int? {
    let trimmed = text.filter { $0 != " " && $0 != "_" }
    let unit = units.first { trimmed.lowercased().hasSuffix($0.name.lowercased()) }
    let digits = unit.map { String(trimmed.dropLast($0.name.count)) } ?? trimmed
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits)
    else { return nil }
    return Int(exactly: (number * (unit?.bytes ?? 1)).rounded())
  }

  /// `80.00 GiB`: the largest unit of powers of 1024 that leaves 1 or more.
  public static func text(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = 0
    let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1023.995, unit < names.count - 1 {
      value /= 1024
      unit += 1
    }
    return unit == 0 ? "\(bytes) B" : String(format: "%.2f %@", value, names[unit])
  }

  /// `0.97`, in GiB.
  static func gib(_ bytes: Int) -> String { String(format: "%.2f", Double(bytes) / 1_073_741_824) }
}
