import TestSupport
import Testing
import TorchDistributed

@Suite struct AgreementTests {
  private static func check(_ texts: [String]) throws -> [DistributedError?] {
    try Ranks.run(texts.count) { group in
      do {
        try group.requireEqual("the configuration", texts[group.rank], remedy: "start all ranks with one file")
        return nil
      } catch let error as DistributedError {
        try group.barrier()
        return error
      }
    }
  }

  @Test func ranksThatAgree() throws {
    #expect(try Self.check(["a\nb", "a\nb"]).allSatisfy { $0 == nil })
    #expect(try Self.check([""]).allSatisfy { $0 == nil })
  }

  @Test(arguments: [
    (["a\nb", "a\nb", "a\nc"], "differs from that of rank 2: line 2 is \"b\" there and \"c\" on rank 2"),
    (["a", "a\nb", "a\nb"], "differs from that of ranks 1 and 2: line 2 is nothing there and \"b\" on rank 1"),
    (["a", ""], "differs from that of rank 1: line 1 is \"a\" there and \"\" on rank 1"),
  ])
  func whoDiffersAndWhere(texts: [String], message: String) throws {
    for error in try Self.check(texts) {
      #expect(error?.code == .mismatch)
      #expect(error?.message.contains(message) == true, "\(error?.message ?? "none")")
    }
  }
}
