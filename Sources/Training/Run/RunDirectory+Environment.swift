import Environment
import Foundation

extension RunDirectory {
  /// Notes that the run goes on here, where it may have begun on another machine or with other versions.
  ///
  /// - Parameter warn: gets one line when something differs that can change numbers: the run then ends with other bits than it
  ///   would have where it began.
  func continueHere(warn: (String) -> Void) throws {
    let here = EnvironmentRecord.gather()
    if Self.isThere(environmentFile) {
      do {
        let differences = EnvironmentDifference.between(try .load(from: environmentFile), here)
          .filter { $0.effect == .numbers }
        guard !differences.isEmpty else { return }
        warn(
          "\(path) was trained so far with "
            + differences.map { "\($0.name) \($0.first), now \($0.second)" }.joined(separator: "; ")
            + ": it ends with other bits than it would have there")
      } catch let error as RecordError {
        warn("what \(path) began on is not known: \(error)")
      }
    }
    try here.write(to: environmentFile)
  }

  /// What a user should know before a run answers: that it was trained with another PyTorch or SwiftRec than this one.
  ///
  /// - Returns: one line; nil where both are the same, and for runs that were made before records were kept.
  public func foreignEnvironment() -> String? {
    guard Self.isThere(environmentFile) else { return nil }
    let record: EnvironmentRecord
    do {
      record = try .load(from: environmentFile)
    } catch {
      return "what \(path) was trained on is not known: \(error)"
    }
    let torch = TorchFacts.gather()
    guard record.torch.build != torch.build || record.swiftrec.version != Release.version else { return nil }
    return
      "\(path) was trained with SwiftRec \(record.swiftrec.version) on PyTorch \(record.torch.build), this is SwiftRec "
      + "\(Release.version) on PyTorch \(torch.build): answers may differ in their last digits; "
      + "`swiftrec env diff \(path)` lists the differences"
  }
}
