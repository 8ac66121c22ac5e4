import Foundation

/// Writes scalars to an event file that TensorBoard opens.
///
/// A file is a row of records, each `length, masked CRC of the length, payload, masked CRC of the payload`; a payload is a
/// `tensorflow.Event` protocol buffer. A record cut off by a kill is skipped by TensorBoard.
public final class TensorBoardWriter {
  private let file: AppendingFile
  private let clock: () -> Double

  public var path: String { file.path }

  /// Starts a new event file in `folder`.
  ///
  /// - Parameters:
  ///   - resumingAt: the step that a resumed run continues from; TensorBoard then drops what an earlier file holds
  ///     beyond it.
  ///   - clock: seconds since 1970.
  /// - Throws: `RunError` when the file cannot be created.
  public init(
    folder: String, resumingAt step: Int? = nil, clock: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) throws {
    self.clock = clock
    let host = ProcessInfo.processInfo.hostName.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
    let stem = String(format: "events.out.tfevents.%010d", Int(clock()))
    // Two runs of one second need two names.
    var attempt = 0
    var path = ""
    repeat {
      path = "\(folder)/\(stem).\(host.isEmpty ? "host" : host).\(getpid()).\(attempt)"
      attempt += 1
    } while FileManager.default.fileExists(atPath: path)
    file = try AppendingFile(path)
    try write { $0.text(field: 3, "brain.Event:2") }
    if let step {
      try write {
        $0.integer(field: 2, step)
        var session = ProtobufBuilder()
        // SessionLog.status = START: the reader drops older events from this step on.
        session.integer(field: 1, 1)
        $0.message(field: 7, session.bytes)
      }
    }
  }

  /// Adds one event with all `scalars` of a step.
  public func add(_ scalars: [(tag: String, value: Double)], step: Int) throws {
    try write { event in
      event.integer(field: 2, step)
      var summary = ProtobufBuilder()
      for scalar in scalars {
        var value = ProtobufBuilder()
        value.text(field: 1, scalar.tag)
        value.float(field: 2, Float(scalar.value))
        summary.message(field: 1, value.bytes)
      }
      event.message(field: 5, summary.bytes)
    }
  }

  /// Forces what was written to the disk.
  public func flush() throws {
    try file.synchronize()
  }

  private func write(_ fill: (inout ProtobufBuilder) -> Void) throws {
    var event = ProtobufBuilder()
    event.double(field: 1, clock())
    fill(&event)
    let length = withUnsafeBytes(of: UInt64(event.bytes.count).littleEndian) { Array($0) }
    let record =
      length + Self.bytes(CRC32C.masked(length)) + event.bytes + Self.bytes(CRC32C.masked(event.bytes))
    try file.append(record)
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
