import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite struct CollectiveTests {
  /// What rank `from` sends to rank `to`: as many rows as their product and sum make, some of them none.
  static func rows(_ from: Int, _ to: Int) -> Int { (from * 2 + to * 3) % 4 }

  @Test(arguments: [1, 2, 3], DType.allCases)
  func allToAllOfUnevenParts(size: Int, dtype: DType) throws {
    let results = try Ranks.run(size) { group in
      let sent = (0..<size).map { Self.rows(group.rank, $0) }
      let values = (0..<size).flatMap { to in
        (0..<sent[to]).flatMap { row in [group.rank * 10 + to, row % 2] }
      }
      let input = try Tensor(values, shape: [sent.reduce(0, +), 2]).to(dtype: dtype)
      let received = try group.exchangeSplits(sent)
      let output = try group.allToAll(input, inputSplits: sent, outputSplits: received)
      return (received, try output.doubles(), output.shape)
    }
    for (rank, (received, values, shape)) in results.enumerated() {
      #expect(received == (0..<size).map { Self.rows($0, rank) })
      #expect(shape == [received.reduce(0, +), 2])
      let expected = (0..<size).flatMap { from in
        (0..<Self.rows(from, rank)).flatMap { row in [Double(from * 10 + rank), Double(row % 2)] }
      }
      #expect(values == (dtype == .bool ? expected.map { $0 == 0 ? 0 : 1 } : expected))
    }
  }

  @Test func allToAllOfNothing() throws {
    let results = try Ranks.run(2) { group in
      let empty = try Tensor.empty([0, 3])
      return try group.allToAll(empty, inputSplits: [0, 0], outputSplits: [0, 0]).shape
    }
    #expect(results == [[0, 3], [0, 3]])
  }

  @Test func oneRankSendsAllTheOthersNothing() throws {
    let results = try Ranks.run(3) { group in
      let rows = group.rank == 1 ? 2 : 0
      let input = try Tensor.full([rows * 3], Double(group.rank), dtype: .int64)
      let sent = Array(repeating: rows, count: 3)
      return try group.allToAll(input, inputSplits: sent, outputSplits: [0, 2, 0]).ints()
    }
    #expect(results == [[1, 1], [1, 1], [1, 1]])
  }

  @Test(arguments: [([1, 1], nil), ([3, -1], [1, 1]), ([1], [1]), ([2, 0], [2])] as [([Int], [Int]?)])
  func splitsThatDoNotAddUp(sent: [Int], received: [Int]?) throws {
    let errors = try Ranks.run(2) { group -> DistributedError? in
      do {
        _ = try group.allToAll(Tensor.zeros([2]), inputSplits: sent, outputSplits: received)
        return nil
      } catch let error as DistributedError {
        // A refused call leaves the group as it was.
        try group.barrier()
        return error
      }
    }
    for error in errors {
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.contains("\(received ?? [])") == true || error?.message.contains("\(sent)") == true)
    }
  }

  @Test(arguments: [1, 2, 3], [DType.float32, .float64, .bfloat16, .float16, .int64, .int16])
  func reduceScatterOfUnevenParts(size: Int, dtype: DType) throws {
    let splits = (0..<size).map { ($0 * 2) % 3 }
    let results = try Ranks.run(size) { group in
      let total = splits.reduce(0, +)
      let input = try (Tensor.arange(total * 2).reshape([total, 2]) + Double(group.rank)).to(dtype: dtype)
      let output = try group.reduceScatter(input, splits: splits)
      return (try output.doubles(), output.shape, output.dtype)
    }
    let sum = Double(size * (size - 1) / 2)
    var first = 0
    for (rank, (values, shape, type)) in results.enumerated() {
      #expect(shape == [splits[rank], 2])
      #expect(type == dtype)
      #expect(values == (0..<splits[rank] * 2).map { Double((first * 2 + $0) * size) + sum })
      first += splits[rank]
    }
  }

  @Test(arguments: [
    (ReduceOp.sum, [3.0, -1]), (.mean, [1.5, -0.5]), (.product, [2, 0]), (.min, [1, -1]), (.max, [2, 0]),
  ])
  func reduceScatterJoins(op: ReduceOp, expected: [Double]) throws {
    let results = try Ranks.run(2) { group in
      let scale = Double(group.rank)
      return try group.reduceScatter(Tensor([1 + scale, 0 - scale]), op).doubles()
    }
    #expect(results == expected.map { [$0] })
  }

  @Test func halfPrecisionIsSummedInFull() throws {
    // In bfloat16 256 + 1 is 256 again.
    let results = try Ranks.run(3) { group in
      let input = try Tensor.full([3], group.rank == 0 ? 256.0 : 1.0, dtype: .bfloat16)
      return try group.reduceScatter(input).doubles()
    }
    #expect(results == [[258], [258], [258]])
  }

  @Test func allReduceOfBooleansAndShortIntegers() throws {
    let results = try Ranks.run(2) { group in
      let flags = try group.allReduce(Tensor([group.rank == 0, false]), .max)
      let counts = try group.allReduce(Tensor([Int16(7 + group.rank)]))
      return [try flags.doubles(), try counts.doubles(), [flags.dtype == .bool && counts.dtype == .int16 ? 1 : 0]]
    }
    #expect(results == [[[1, 0], [15], [1]], [[1, 0], [15], [1]]])
  }

  @Test(arguments: DType.allCases)
  func allGatherIntoOneTensor(dtype: DType) throws {
    let results = try Ranks.run(3) { group in
      let mine = try Tensor.full([1, 2], group.rank == 1 ? 1 : 0, dtype: dtype)
      let all = try group.allGatherIntoTensor(mine)
      return (all.shape, try all.doubles())
    }
    for (shape, values) in results {
      #expect(shape == [3, 2])
      #expect(values == [0, 0, 1, 1, 0, 0])
    }
  }

  @Test func allGatherInPlace() throws {
    let results = try Ranks.run(2) { group in
      let whole = try Tensor.full([4], -1, dtype: .float32)
      let mine = try whole.rows(group.rank * 2..<group.rank * 2 + 2).fill_(value: Double(group.rank))
      try group.allGatherAsync(mine, into: whole).wait()
      return try whole.doubles()
    }
    #expect(results == [[0, 0, 1, 1], [0, 0, 1, 1]])
  }

  @Test func allGatherOfUnevenRows() throws {
    let results = try Ranks.run(3) { group in
      let mine = try Tensor.full([group.rank * 2, 2], Double(group.rank), dtype: .int64)
      let parts = try group.allGatherUneven(mine)
      let bytes = try group.allGather(bytes: Array("rank \(group.rank)".utf8.prefix(group.rank * 6)))
      return (parts.map(\.shape), try parts.map { try $0.ints() }, bytes.map { String(decoding: $0, as: UTF8.self) })
    }
    for (shapes, values, texts) in results {
      #expect(shapes == [[0, 2], [2, 2], [4, 2]])
      #expect(values == [[], [1, 1, 1, 1], Array(repeating: 2, count: 8)])
      #expect(texts == ["", "rank 1", "rank 2"])
    }
  }

  @Test(arguments: [0, 1])
  func gatherAndScatter(root: Int) throws {
    let results = try Ranks.run(2) { group in
      let mine = try Tensor.full([2], Double(group.rank), dtype: .float32)
      let all = try group.gather(mine, to: root)
      let back = try Tensor.zeros([2])
      try group.scatter(try all?.map { try $0 + 5 }, into: back, from: root)
      return (all?.count ?? 0, try back.doubles())
    }
    for (rank, (count, back)) in results.enumerated() {
      #expect(count == (rank == root ? 2 : 0))
      #expect(back == [Double(rank) + 5, Double(rank) + 5])
    }
  }

  @Test func groupsOfOneNeedNobody() throws {
    let results = try Ranks.run(1) { group in
      let x = try Tensor([1, 2, 3] as [Float])
      try group.barrier()
      try group.monitoredBarrier()
      return [
        try group.allReduce(x.clone(), .mean).floats(), try group.reduceScatter(x).floats(),
        try group.allToAll(x, inputSplits: [3], outputSplits: [3]).floats(), try group.allGather(x)[0].floats(),
        try group.allGatherUneven(x)[0].floats(), try group.broadcast(x).floats(),
        try group.gather(x)?[0].floats() ?? [],
      ]
    }
    #expect(results[0].allSatisfy { $0 == [1, 2, 3] })
  }
}
