import Foundation
import Torch
import Training

/// How commands print what they found.
enum Answer {
  /// A table with its columns lined up; the first row is the head, numbers go to the right. A cell may be empty.
  static func table(_ rows: [[String]]) -> String {
    guard let head = rows.first else { return "" }
    let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let areNumbers = head.indices.map { column in
      rows.dropFirst().allSatisfy { $0[column].isEmpty || Double($0[column]) != nil }
    }
    return rows.map { row in
      var line = row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return areNumbers[column] ? padding + row[column] : row[column] + padding
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  static func number(_ value: Double, digits: Int = 4) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// Refuses a count that makes no sense, by the name of its option.
  static func require(_ count: Int, _ option: String) throws {
    guard (1...1_000_000).contains(count) else {
      throw CommandError("\(option): received \(count), expected a whole number from 1 to 1000000; write \(option) 10")
    }
  }

  /// Refuses what is no part of a GPU's memory.
  static func requireFraction(_ fraction: Double?) throws {
    guard let fraction, !(fraction > 0 && fraction <= 1) else { return }
    throw CommandError(
      "--gpu-memory-fraction: received \(fraction), expected a number above 0 and up to 1; write --gpu-memory-fraction 0.5"
    )
  }

  static func note(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// A word as a shell takes it.
  static func quoted(_ word: String) -> String {
    let isPlain = !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:@+,".contains($0) }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
