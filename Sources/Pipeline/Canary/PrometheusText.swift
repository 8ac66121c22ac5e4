import Foundation

/// Text in Prometheus' exposition format 0.0.4.
package struct PrometheusText {
  package struct Sample: Equatable {
    package var name: String
    package var labels: [String: String]
    package var value: Double
  }

  package let samples: [Sample]

  /// - Parameter place: what faults call the text.
  /// - Throws: `PipelineError` with the line that is none of the format.
  package init(_ text: String, place: String) throws {
    var found: [Sample] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      guard !line.isEmpty, line.first != "#" else { continue }
      guard let sample = Self.sample(String(line)) else {
        throw PipelineError(
          .unreachable, "\(place):\(number + 1)", received: "\"\(line.prefix(80))\", which is no sample of Prometheus",
          remedy: "give the address of text such as `name{label=\"value\"} 1`")
      }
      found.append(sample)
    }
    samples = found
  }

  private static func sample(_ line: String) -> Sample? {
    var cursor = PrometheusCursor(line)
    guard let name = cursor.name() else { return nil }
    var labels: [String: String] = [:]
    if cursor.take("{") {
      while !cursor.take("}") {
        guard let label = cursor.name(), cursor.take("="), let value = cursor.quoted() else { return nil }
        labels[label] = value
        _ = cursor.take(",")
      }
    }
    guard let word = cursor.word() else { return nil }
    let value: Double
    switch word {
    case "+Inf": value = .infinity
    case "-Inf": value = -.infinity
    default:
      guard let number = Double(word) else { return nil }
      value = number
    }
    return Sample(name: name, labels: labels, value: value)
  }

  /// The sum of all samples that a selector takes; nil where it takes none.
  package func sum(_ selector: MetricSelector) -> Double? {
    let found = samples.filter(selector.matches)
    return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
  }
}

/// Reads names, signs and quoted text one after the other.
struct PrometheusCursor {
  private let bytes: [UInt8]
  private var place = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  private mutating func skipBlanks() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 || bytes[place] == 0x0d { place += 1 }
  }

  var isAtEnd: Bool {
    var copy = self
    copy.skipBlanks()
    return copy.place >= bytes.count
  }

  mutating func take(_ sign: String) -> Bool {
    skipBlanks()
    guard bytes[place...].starts(with: sign.utf8) else { return false }
    place += sign.utf8.count
    return true
  }

  mutating func name() -> String? {
    skipBlanks()
    let start = place
    while place < bytes.count {
      let byte = bytes[place]
      let isLetter = (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f || byte == 0x3a
      guard isLetter || (0x30...0x39).contains(byte) && place > start else { break }
      place += 1
    }
    return place > start ? String(decoding: bytes[start..<place], as: UTF8.self) : nil
  }

  /// What stands up to the next blank.
  mutating func word() -> String? {
    skipBlanks()
    let start = place
    while place < bytes.count, bytes[place] > 0x20 { place += 1 }
    return place > start ? String(decoding: bytes[start..<place], as: UTF8.self) : nil
  }

  mutating func quoted() -> String? {
    guard take("\"") else { return nil }
    var out: [UInt8] = []
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte == 0x22 { return String(validating: out, as: UTF8.self) }
      if byte == 0x5c, place < bytes.count {
        // \n, \" and \\; what a pattern means by a backslash keeps it.
        switch bytes[place] {
        case 0x6e: out.append(0x0a)
        case 0x22, 0x5c: out.append(bytes[place])
        default: out += [byte, bytes[place]]
        }
        place += 1
      } else {
        out.append(byte)
      }
    }
    return nil
  }
}
