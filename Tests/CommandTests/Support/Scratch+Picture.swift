import Foundation
import TestSupport

extension Scratch {
  /// Every file below with its content: what a command that fails must leave as it was.
  func picture() throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file(name), isDirectory: &isFolder)
      found[name] = isFolder.boolValue ? Data() : try bytes(name)
    }
    return found
  }
}
