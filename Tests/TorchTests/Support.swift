import Foundation

/// The repository's root, from this file's own place.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

func reference(_ name: String) -> String { repository.appendingPathComponent("Tests/Reference/\(name)").path }
