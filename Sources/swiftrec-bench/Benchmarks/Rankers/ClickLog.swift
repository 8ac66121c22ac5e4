import Features
import Foundation

/// Made-up click logs in Criteo's text, written once beside the others in the temporary folder.
enum ClickLog {
  /// The planted effects are those of pairs, which all models of the benchmark can learn.
  static func text(rows: Range<Int>, seed: UInt64) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftrec-bench-clicks")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent("\(seed)-\(rows.lowerBound)-\(rows.upperBound).tsv").path
    if !FileManager.default.fileExists(atPath: path) {
      try SyntheticCriteo(SyntheticCriteo.Parameters(preset: .pairwise, seed: seed)).writeTSV(rows: rows, to: path)
    }
    return path
  }

  static func megabytes(_ path: String) throws -> Double {
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    return Double(size ?? 0) / 1e6
  }
}
