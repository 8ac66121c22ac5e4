import TestSupport
import Testing
import Torch
import TorchDistributed
import TorchNN

@Suite struct DataParallelTests {
  /// Small buckets, so that several are under way.
  static var small: DataParallelOptions {
    var options = DataParallelOptions()
    options.bucketBytes = 600
    options.firstBucketBytes = 64
    return options
  }

  /// Trains on the whole batch in one process.
  static func alone(
    steps: Int, usesSide: (Int) -> Bool = { _ in false }, sparse: Bool = false,
    optimizer make: ([NamedTensor]) throws -> any Optimizer = { try SGD($0, learningRate: 0.1) }
  ) throws -> [Double] {
    let model = try TinyModel(seed: 3, sparse: sparse)
    let optimizer = try make(model.namedParameters())
    for step in 0..<steps {
      let (ids, target) = try TinyModel.batch(12, step: step)
      try model.loss(ids, target, usesSide: usesSide(step)).backward()
      try optimizer.step()
      try optimizer.zeroGrad()
    }
    return try model.values()
  }

  @Test(arguments: [1, 2, 3])
  func equalsTheConcatenatedBatch(size: Int) throws {
    let before = Engine.liveHandles
    let expected = try Self.alone(steps: 6)
    let results = try Ranks.run(size) { group in
      let model = try TinyModel(seed: 3)
      let parallel = try DistributedDataParallel(model, group: group, options: Self.small)
      #expect(parallel.bucketNames.count > 2)
      let optimizer = try SGD(model.namedParameters(), learningRate: 0.1)
      for step in 0..<6 {
        let (ids, target) = try TinyModel.part(12, step: step, of: group)
        try parallel.backward(model.loss(ids, target))
        try optimizer.step()
        try optimizer.zeroGrad()
      }
      return try model.values()
    }
    for values in results { #expect(distance(values, expected) < 1e-6) }
    #expect(Engine.liveHandles == before)
  }

  @Test func gradientsThatStayAreAddedTo() throws {
    // Without zeroGrad gradients pile up over synchronised steps, as in one process.
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      let parallel = try DistributedDataParallel(model, group: group, options: Self.small)
      for step in 0..<3 {
        let (ids, target) = try TinyModel.part(12, step: step, of: group)
        try parallel.backward(model.loss(ids, target))
      }
      return try #require(model.body.parameters()[0].grad).doubles()
    }
    let model = try TinyModel(seed: 3)
    for step in 0..<3 {
      let (ids, target) = try TinyModel.batch(12, step: step)
      try model.loss(ids, target).backward()
    }
    let expected = try #require(model.body.parameters()[0].grad).doubles()
    for values in results { #expect(distance(values, expected) < 1e-6) }
  }

  @Test func accumulationWithoutExchange() throws {
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      let parallel = try DistributedDataParallel(model, group: group, options: Self.small)
      let optimizer = try SGD(model.namedParameters(), learningRate: 0.1)
      for step in 0..<6 {
        let (ids, target) = try TinyModel.part(12, step: step, of: group)
        let loss = try model.loss(ids, target) / 3.0
        if step % 3 < 2 {
          try parallel.noSync { try parallel.backward(loss) }
        } else {
          try parallel.backward(loss)
          try optimizer.step()
          try optimizer.zeroGrad()
        }
      }
      return try model.values()
    }
    let model = try TinyModel(seed: 3)
    let optimizer = try SGD(model.namedParameters(), learningRate: 0.1)
    for step in 0..<6 {
      let (ids, target) = try TinyModel.batch(12, step: step)
      try (model.loss(ids, target) / 3.0).backward()
      if step % 3 == 2 {
        try optimizer.step()
        try optimizer.zeroGrad()
      }
    }
    let expected = try model.values()
    for values in results { #expect(distance(values, expected) < 1e-6) }
  }

  /// Each rank skips another part, in some steps all do.
  @Test(arguments: [true, false])
  func partsThatSomeRanksDoNotUse(findUnused: Bool) throws {
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      var options = Self.small
      options.findUnused = findUnused
      let parallel = try DistributedDataParallel(model, group: group, options: options)
      var gradients: [Double?] = []
      for step in 0..<4 {
        try model.zeroGrad()
        let (ids, target) = try TinyModel.part(12, step: step, of: group)
        try parallel.backward(model.loss(ids, target, usesSide: step % 3 == group.rank))
        gradients.append(try model.side.weight.grad.map { try $0.abs().sum().item() })
      }
      return gradients
    }
    #expect(results[0] == results[1])
    // Step 0 is used by rank 0, step 1 by rank 1, step 2 by none, step 3 by rank 0.
    #expect(results[0].map { $0.map { $0 > 0 } } == [true, true, findUnused ? nil : false, true])
  }

  @Test(arguments: [DType.bfloat16, .float16])
  func compressedGradients(dtype: DType) throws {
    let expected = try Self.alone(steps: 1)
    let start = try TinyModel(seed: 3).values()
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      var options = Self.small
      options.compression = dtype
      let parallel = try DistributedDataParallel(model, group: group, options: options)
      let optimizer = try SGD(model.namedParameters(), learningRate: 0.1)
      let (ids, target) = try TinyModel.part(12, step: 0, of: group)
      try parallel.backward(model.loss(ids, target))
      #expect(model.namedParameters().allSatisfy { $0.tensor.grad?.dtype == .float32 || $0.name.hasPrefix("side") })
      try optimizer.step()
      return try model.values()
    }
    #expect(results[0] == results[1])
    // Half a unit in the last place of 8 bits, twice; and not exact, so it did travel in fewer bits.
    let moved = distance(expected, start)
    #expect(distance(results[0], expected) < moved * 0.01)
    #expect(distance(results[0], expected) > 0)
  }

  @Test func sparseTablesExchangeTheirRows() throws {
    let expected = try Self.alone(steps: 4, sparse: true)
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3, sparse: true)
      let parallel = try DistributedDataParallel(model, group: group, options: Self.small)
      let optimizer = try SGD(model.namedParameters(), learningRate: 0.1)
      for step in 0..<4 {
        let (ids, target) = try TinyModel.part(12, step: step, of: group)
        try parallel.backward(model.loss(ids, target))
        #expect(model.table.weight.grad?.isSparse == true)
        try optimizer.step()
        try optimizer.zeroGrad()
      }
      return try model.values()
    }
    for values in results { #expect(distance(values, expected) < 1e-6) }
  }

  @Test func buffersFollowRankZero() throws {
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      model.norm.train()
      let parallel = try DistributedDataParallel(model, group: group)
      let (ids, target) = try TinyModel.part(12, step: 0, of: group)
      let loss = try model.loss(ids, target)
      let before = try model.namedBuffers().flatMap { try $0.tensor.doubles() }
      try parallel.backward(loss)
      return (before, try model.namedBuffers().flatMap { try $0.tensor.doubles() })
    }
    #expect(results[0].0 != results[1].0)
    #expect(results[0].1 == results[0].0)
    #expect(results[1].1 == results[0].0)
  }

  @Test func parametersThatDifferAreNamed() throws {
    let errors = try Ranks.run(3) { group -> DistributedError? in
      let model = try TinyModel(seed: 3)
      if group.rank == 2 { _ = try noGrad { try model.head.weight.row(0).row(3).fill_(value: 7) } }
      do {
        _ = try DistributedDataParallel(model, group: group)
        return nil
      } catch let error as DistributedError {
        return error
      }
    }
    for error in errors {
      #expect(error?.code == .mismatch)
      #expect(error?.message.contains("\"head.weight\" [1, 12] float32 of rank 0 has other values on rank 2") == true)
      #expect(error?.remedy.contains("seed") == true)
    }
  }

  @Test func shapesThatDifferAreNamedAndValuesCanBeTakenOver() throws {
    let results = try Ranks.run(2) { group -> (String, [Double]) in
      var options = DataParallelOptions()
      options.start = .broadcast
      var message = ""
      do {
        _ = try DistributedDataParallel(Linear(2, 3 + group.rank), group: group, options: options)
      } catch let error as DistributedError {
        message = error.message
      }
      let model = try TinyModel(seed: UInt64(group.rank))
      _ = try DistributedDataParallel(model, group: group, options: options)
      return (message, try model.values())
    }
    for (message, _) in results {
      #expect(message.contains("\"weight\" [3, 2] float32 of rank 0 is \"weight\" [4, 2] float32 on rank 1"))
    }
    #expect(results[0].1 == results[1].1)
    #expect(try results[0].1 == TinyModel(seed: 0).values())
  }

  @Test func aForgottenSynchronisationIsTold() throws {
    let results = try Ranks.run(2) { group -> String in
      let model = try TinyModel(seed: 3)
      let parallel = try DistributedDataParallel(model, group: group)
      let (ids, target) = try TinyModel.part(12, step: 0, of: group)
      try model.loss(ids, target).backward()
      var message = ""
      do {
        try model.loss(ids, target).backward()
      } catch let error as DistributedError {
        message = error.description
      }
      try parallel.synchronize()
      return message
    }
    for message in results {
      #expect(message.contains("came twice without a synchronize()"))
      #expect(message.contains("noSync"))
    }
  }

  @Test func bucketsFollowTheOrderOfBackward() throws {
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      let parallel = try DistributedDataParallel(model, group: group, options: Self.small)
      let before = parallel.bucketNames
      let (ids, target) = try TinyModel.part(12, step: 0, of: group)
      try parallel.backward(model.loss(ids, target))
      return (before, parallel.bucketNames)
    }
    let parts = results.map { $0.1.flatMap { $0 } }
    #expect(parts[0] == parts[1])
    #expect(results[0].0.flatMap { $0 }.first?.hasPrefix("side") == true)
    // What no rank used comes last now, the table before it: its gradient is the last of backward.
    #expect(parts[0].first?.hasPrefix("head") == true)
    #expect(parts[0].suffix(3).contains("table.weight"))
    #expect(Set(parts[0]) == Set(results[0].0.flatMap { $0 }))
  }

  @Test func nothingIsLeftWhenTheWrapperGoes() throws {
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      _ = try DistributedDataParallel(model, group: group)
      // No hook is left: a rank may go on by itself.
      if group.rank == 0 {
        let (ids, target) = try TinyModel.batch(12, step: 0)
        try model.loss(ids, target).backward()
        try model.loss(ids, target).backward()
      }
      return true
    }
    #expect(results == [true, true])
  }

  @Test func impossibleOptions() throws {
    var options = DataParallelOptions()
    options.bucketBytes = 0
    options.compression = .int8
    let group = try ProcessGroup.fake(size: 2)
    let error = try #require(throws: DistributedError.self) {
      _ = try DistributedDataParallel(TinyModel(seed: 1), group: group, options: options)
    }
    #expect(error.message.contains("bucketBytes 0"))
    #expect(error.message.contains("int8"))
  }
}
