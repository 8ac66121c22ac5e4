import Foundation
enum Toggles {
  static let noMemory = ProcessInfo.processInfo.environment["SR_T_NOMEMORY"] != nil
  static let noClone = ProcessInfo.processInfo.environment["SR_T_NOCLONE"] != nil
  static let noPrefetch = ProcessInfo.processInfo.environment["SR_T_NOPREFETCH"] != nil
}
