import Foundation
import Testing
import Torch

/// The repository's root, from this file's own place.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

func reference(_ name: String) -> String { repository.appendingPathComponent("Tests/Reference/\(name)").path }

/// A folder that is removed after the test.
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftrec-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// Fails unless shapes agree and every element differs by at most `tolerance`.
func expectClose(
  _ actual: Tensor, _ expected: Tensor, tolerance: Double = 1e-5, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(actual.shape == expected.shape, sourceLocation: sourceLocation)
  guard actual.shape == expected.shape, actual.count > 0 else { return }
  let difference = try (actual.to(dtype: .float64) - expected.to(dtype: .float64)).abs().max().item()
  #expect(difference <= tolerance, sourceLocation: sourceLocation)
}
