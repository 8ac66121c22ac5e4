import HTTPTypes
import Hummingbird
import NIOCore

/// An answer as plain values, whoever writes it to the wire.
struct HTTPAnswer: Sendable {
  var status: HTTPResponse.Status
  var fields: HTTPFields
  var body: [UInt8]

  init(_ status: HTTPResponse.Status, _ fields: HTTPFields, _ body: [UInt8]) {
    self.status = status
    self.fields = fields
    self.body = body
  }
}

extension Response {
  init(_ answer: HTTPAnswer) {
    self.init(status: answer.status, headers: answer.fields, body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
  }
}
