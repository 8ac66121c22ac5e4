import Foundation
import SwiftProtobuf

extension OTLPSpan {
  init(_ span: Span) {
    self.init()
    traceID = Self.bytes(span.trace.high) + Self.bytes(span.trace.low)
    spanID = Self.bytes(span.id)
    if let parent = span.parent { parentSpanID = Self.bytes(parent) }
    traceState = span.state
    name = span.name
    kind = span.kind == .server ? .server : .internal
    startTimeUnixNano = span.start
    endTimeUnixNano = span.end
    attributes = span.attributes.map { OTLPKeyValue($0.key, $0.value) }
    if span.isFailed { status.code = .error }
    // Whose parent is known to be elsewhere or here: a client's is elsewhere, a step's is its request.
    flags = UInt32(span.flags) | 0x100 | (span.kind == .server && span.parent != nil ? 0x200 : 0)
  }

  /// As they stand in the header, the highest first.
  private static func bytes(_ number: UInt64) -> Data {
    withUnsafeBytes(of: number.bigEndian) { Data($0) }
  }
}

extension OTLPKeyValue {
  init(_ key: String, _ value: Span.Value) {
    self.init()
    self.key = key
    switch value {
    case .text(let text): self.value.stringValue = text
    case .integer(let number): self.value.intValue = Int64(number)
    case .flag(let flag): self.value.boolValue = flag
    }
  }
}

extension OTLPExportTraceServiceRequest {
  /// - Parameter version: of the program, which made the spans itself.
  init(_ spans: [Span], resource: OTLPResource, version: String) {
    self.init()
    resourceSpans = [
      .with {
        $0.resource = resource
        $0.scopeSpans = [
          .with {
            $0.scope.name = "swiftrec.serving"
            $0.scope.version = version
            $0.spans = spans.map(OTLPSpan.init)
          }
        ]
      }
    ]
  }
}

extension OTLPResource {
  /// - Parameter given: what the operator says, which goes before what is known by itself.
  init(_ given: [(key: String, value: String)], version: String) {
    self.init()
    let known: [(String, Span.Value)] = [
      ("service.version", .text(version)), ("host.name", .text(ProcessInfo.processInfo.hostName)),
      ("process.pid", .integer(Int(ProcessInfo.processInfo.processIdentifier))),
      ("telemetry.sdk.name", .text("swiftrec")), ("telemetry.sdk.language", .text("swift")),
      ("telemetry.sdk.version", .text(version)),
    ]
    attributes =
      given.map { OTLPKeyValue($0.key, .text($0.value)) }
      + known.filter { pair in !given.contains { $0.key == pair.0 } }.map { OTLPKeyValue($0.0, $0.1) }
  }
}
