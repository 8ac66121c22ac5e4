import Foundation
import Logging

/// Writes each log line as one JSON object, for Loki, ELK and whatever reads lines.
public struct JSONLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String

  public init(label: String, level: Logger.Level = .info) {
    self.label = label
    logLevel = level
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
    if let own = event.metadata { fields.merge(own) { $1 } }
    var json = JSONWriter()
    json.object { json in
      json.member("time", Self.time())
      json.member("level", event.level.rawValue)
      json.member("logger", label)
      json.member("message", "\(event.message)")
      for (key, value) in fields.sorted(by: { $0.key < $1.key }) { json.member(key, "\(value)") }
    }
    let line = json.bytes + [0x0A]
    // One call a line, so that lines of several threads don't mix.
    line.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }

  /// RFC 3339, UTC, milliseconds.
  static func time(_ date: Date = Date()) -> String {
    let since = date.timeIntervalSince1970
    var seconds = time_t(since.rounded(.down))
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let text = [
      (parts.tm_year + 1900, 4), (parts.tm_mon + 1, 2), (parts.tm_mday, 2), (parts.tm_hour, 2), (parts.tm_min, 2),
      (parts.tm_sec, 2),
    ]
    .map { value, width in
      let digits = "\(value)"
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let milliseconds = "\(Int((since - since.rounded(.down)) * 1000))"
    return "\(text[0])-\(text[1])-\(text[2])T\(text[3]):\(text[4]):\(text[5])."
      + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds + "Z"
  }
}
