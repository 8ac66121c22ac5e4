import Foundation

// Every function of this library has a plain C interface and returns a status: 0, or a `FailureCode`. What a caller gets is
// written only after success. Nothing is trusted that comes through a pointer: lengths, handles and ids are looked at, since a
// Swift trap would end the notebook that called.

/// Where a failing call leaves its message, to be freed with `swiftrec_text_free`.
public typealias Message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// The wall that no Swift error crosses.
func crossing(_ message: Message?, _ body: () throws -> Void) -> Int32 {
  do {
    try body()
    return 0
  } catch {
    message?.pointee = strdup("\(error)")
    return FailureCode(error).rawValue
  }
}

/// Where a value goes.
///
/// - Throws: `CallError` where the caller gave no place for it.
func required<Value>(_ pointer: UnsafeMutablePointer<Value>?, _ name: String) throws -> UnsafeMutablePointer<Value> {
  guard let pointer else { throw CallError("\(name): received a null pointer") }
  return pointer
}

func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws -> String {
  guard let found = optionalText(pointer) else { throw CallError("\(name): received a null pointer, expected text") }
  return found
}

func optionalText(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }

/// `count` values that the caller keeps alive during the call.
func values<Value>(
  _ pointer: UnsafePointer<Value>?, _ count: Int64, _ name: String
) throws -> UnsafeBufferPointer<Value> {
  guard (0...Int64(Int32.max)).contains(count), pointer != nil || count == 0 else {
    throw CallError("\(name): received \(count) values, expected 0 to \(Int32.max) and their address")
  }
  return UnsafeBufferPointer(start: pointer, count: Int(count))
}

/// Texts that lie one behind the other in `bytes`; text `i` ends before byte `ends[i]`.
func texts(
  _ bytes: UnsafePointer<UInt8>?, _ ends: UnsafePointer<Int64>?, _ count: Int64, _ name: String
) throws -> [String] {
  let ends = try values(ends, count, name)
  let total = ends.last ?? 0
  guard total >= 0, bytes != nil || total == 0 else { throw CallError("\(name): received no address of the texts") }
  let all = UnsafeBufferPointer(start: bytes, count: Int(total))
  var found: [String] = []
  found.reserveCapacity(ends.count)
  var start = 0
  for end in ends {
    guard end >= Int64(start), end <= total else { throw CallError("\(name): the ends of the texts fall") }
    found.append(String(decoding: all[start..<Int(end)], as: UTF8.self))
    start = Int(end)
  }
  return found
}

/// A call that no right caller makes, such as one with a handle that was freed.
struct CallError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

// MARK: Functions

@c(swiftrec_text_free)
public func textFree(_ text: UnsafeMutablePointer<CChar>?) { free(text) }

@c(swiftrec_handle_free)
public func handleFree(_ handle: Int64, _ message: Message?) -> Int32 {
  crossing(message) { try Handles.free(handle) }
}

/// Handles that were given out and not freed.
@c(swiftrec_live_handles)
public func liveHandles() -> Int64 { Int64(Handles.count) }
