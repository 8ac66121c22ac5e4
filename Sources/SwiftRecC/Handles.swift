import Foundation

/// The objects that callers hold by number. A number that was freed, or never given out, is refused instead of followed.
enum Handles {
  private static let lock = NSLock()
  private nonisolated(unsafe) static var objects: [Int64: AnyObject] = [:]
  private nonisolated(unsafe) static var last: Int64 = 0

  static func add(_ object: AnyObject) -> Int64 {
    lock.withLock {
      last += 1
      objects[last] = object
      return last
    }
  }

  static func get<Object: AnyObject>(_ handle: Int64, as type: Object.Type = Object.self) throws -> Object {
    guard let object = lock.withLock({ objects[handle] }) else {
      throw CallError("handle \(handle) is not open: it was closed, or never was one")
    }
    guard let object = object as? Object else {
      throw CallError("handle \(handle) is a \(Swift.type(of: object)), expected a \(type)")
    }
    return object
  }

  static func free(_ handle: Int64) throws {
    // The object goes outside the lock: its end may take time.
    guard let object = lock.withLock({ objects.removeValue(forKey: handle) }) else {
      throw CallError("handle \(handle) is not open: it was closed, or never was one")
    }
    (object as? TrainingTask)?.stop()
  }

  static var count: Int { lock.withLock { objects.count } }
}
