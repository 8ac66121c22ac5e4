import Foundation
import Serving
import Testing

@Suite struct JSONTests {
  @Test func valuesAreRead() throws {
    let value = try JSONReader.read(
      Array(#" {"a": [1, -2.5, 1e3, true, null], "b": "\u00e9\ud83d\ude00\n", "c": {}} "#.utf8))
    #expect(value["a"] == .array([.integer(1), .number(-2.5), .number(1000), .bool(true), .null]))
    #expect(value["b"]?.string == "é😀\n")
    #expect(value["c"] == .object([]))
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\"}", "01", "1.", "-", "tru", "\"\\x\"", "\"\\ud800\"", "[1] 2", "\"\u{01}\"", "1e999", "nan",
    String(repeating: "[", count: 100_000),
  ])
  func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: ServingError.self) { try JSONReader.read(Array(text.utf8)) }
  }

  @Test func bytesThatAreNoUTF8AreRefused() {
    #expect(throws: ServingError.self) { try JSONReader.read([0x22, 0xFF, 0xFE, 0x22]) }
  }

  /// Every double that is written is read back as it was, by the short way and the long one.
  @Test func numbersSurvive() throws {
    var bits: UInt64 = 0x9E37_79B9_7F4A_7C15
    for round in 0..<20_000 {
      bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = round % 2 == 0 ? Double(bitPattern: bits) : Double(Int64(truncatingIfNeeded: bits) >> 34) / 1000
      guard value.isFinite else { continue }
      #expect(try JSONReader.read(Array("\(value)".utf8)).double == value)
    }
    #expect(try JSONReader.read(Array("9223372036854775807".utf8)) == .integer(.max))
    #expect(try JSONReader.read(Array("9223372036854775808".utf8)) == .number(9.223372036854775808e18))
  }

  @Test func textIsEscaped() throws {
    var writer = JSONWriter()
    writer.object { json in
      json.member("a\"\\", "line\nend\u{1}")
      json.member("n", Float.nan)
      json.member("list", ["x", "y"])
    }
    let object = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
    #expect(object?["a\"\\"] as? String == "line\nend\u{1}")
    #expect(object?["n"] is NSNull)
    #expect(object?["list"] as? [String] == ["x", "y"])
  }
}
