import Foundation
import TestSupport
import Testing

/// One thing that a user may get wrong, and what the program owes for it.
struct BadInput: CustomTestStringConvertible, Sendable {
  var name: String
  /// Written into the working folder beside a small run before the command.
  var files: [String: String] = [:]
  /// Changes the small run.
  var damage: @Sendable (Scratch) throws -> Void = { _ in }
  var arguments: [String]
  var exitCode: Int32
  /// Where it is, what was found there, and what to do: each must stand in the message.
  var place: String
  var value: String
  var remedy: String

  var testDescription: String { name }
}
