import Sparse
import Testing

/// Expects `body` to throw a `SparseError` of this kind, with this place and value, whose text holds every one of
/// `words`.
func expectFault(
  _ code: SparseError.Code, feature: String? = nil, position: Int? = nil, value: String? = nil, _ words: String...,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as SparseError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(error.feature == feature, "\(error)", sourceLocation: sourceLocation)
    #expect(error.position == position, "\(error)", sourceLocation: sourceLocation)
    if let value { #expect(error.value == value, "\(error)", sourceLocation: sourceLocation) }
    for word in words { #expect(error.description.contains(word), "\(error)", sourceLocation: sourceLocation) }
    // Place and problem, then what to do.
    #expect(error.description.contains(";"), "\(error) names no remedy", sourceLocation: sourceLocation)
  } catch {
    Issue.record("\(error) is no SparseError", sourceLocation: sourceLocation)
  }
}
