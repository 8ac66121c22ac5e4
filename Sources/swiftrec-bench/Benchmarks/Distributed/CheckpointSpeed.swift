import Features
import Foundation
import Models
import Sparse
import Torch
import Training

/// Checkpoints of 4 GiB of tables while a DLRM trains on: how fast they are written, beside the disk's own rate, and what they cost the
/// training.
struct CheckpointSpeed: Benchmark {
  static let name = "checkpoint"
  static let summary =
    "4 GiB of tables checkpointed beside the training, beside the disk's own rate and the training alone"
  static let isLong = true

  static let batch = 2048
  static let pace = 50 << 20

  func run(_ setting: Setting) throws -> [Row] {
    let folder = "\(setting.root)/.build/bench-checkpoint"
    try? FileManager.default.removeItem(atPath: folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = RunDirectory(folder)
    try FileManager.default.createDirectory(atPath: "\(folder)/checkpoints", withIntermediateDirectories: true)
    let stream = try Stream(seed: setting.seed)
    var rows: [Row] = []
    for pace in [nil, Self.pace] {
      let rounds = pace == nil ? setting.rounds : max(1, setting.rounds / 3)
      let windows = try train(stream, run, pace: pace, rounds: rounds)
      let name = pace == nil ? "unpaced" : "at \(Self.pace >> 20) MiB/s"
      let bytes = try FileManager.default.attributesOfItem(atPath: run.lastCheckpoint)[.size] as? Int ?? 0
      let size = String(format: "%.2f GiB", Double(bytes) / Double(1 << 30))
      if pace == nil {
        // After the training, so that nothing else is on the disk.
        let disk = try windows.map { _ in try Self.diskRate(bytes, "\(folder)/plain") }
        let rates = windows.map { Double(bytes) / $0.seconds * 1e-9 }
        rows.append(
          Row(
            Self.name, "\(size) \(name), while training", unit: "GB/s",
            comparison: Comparison(
              ours: median(rates), peer: median(disk), ratio: median(rates) / median(disk), kept: rates.count,
              dropped: 0), peerName: "write and fsync alone", atLeast: 0.7))
      }
      let ratios = windows.map { $0.rate / $0.alone }
      rows.append(
        Row(
          Self.name, "\(size) \(name), training meanwhile", unit: "samples/s",
          comparison: Comparison(
            ours: median(windows.map(\.rate)), peer: median(windows.map(\.alone)), ratio: median(ratios),
            kept: windows.count, dropped: 0), peerName: "no checkpoint", atLeast: pace == nil ? 0 : 0.95,
          note: String(format: "%.1f s a checkpoint", median(windows.map(\.seconds)))))
    }
    return rows
  }

  /// One checkpoint: how long it took, and samples a second while it was written and before and after it.
  struct Window {
    var seconds: Double
    var rate: Double
    var alone: Double
  }

  private func train(_ stream: Stream, _ run: RunDirectory, pace: Int?, rounds: Int) throws -> [Window] {
    var loop = LoopConfiguration(epochs: 1, batch: Self.batch, optimizer: .adam(learningRate: 0.001), logSteps: 1000)
    loop.checkpoint = CheckpointConfiguration(pace: pace)
    let model = try RankerConfiguration.dlrm(.init(dimension: 32)).make(
      space: stream.space,
      tables: RankerTables(optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01)),
      generator: Generator(seed: 1))
    let trainer = try RankerTrainer(
      model, train: stream, configuration: RankingTrainConfiguration(loop), run: run)
    var watch = Watch(rounds: rounds)
    stream.between = { try watch.look(trainer) }
    defer { stream.between = {} }
    do {
      _ = try trainer.fit()
    } catch is Watch.Over {}
    return watch.windows
  }

  /// Takes turns: training alone, then with a checkpoint under way, for about as long each.
  private struct Watch {
    struct Over: Error {}

    let rounds: Int
    private(set) var windows: [Window] = []
    private var steps = 0
    private var began = 0.0
    private var isSaving = false
    private var alone: [(steps: Int, seconds: Double)] = []
    private var saving: [(steps: Int, seconds: Double)] = []

    init(rounds: Int) { self.rounds = rounds }

    /// Between two steps.
    mutating func look(_ trainer: RankerTrainer) throws {
      let now = Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
      // The first steps touch their memory for the first time.
      if trainer.state.step == 50 { (began, steps) = (now, 0) }
      guard trainer.state.step > 50 else { return }
      steps += 1
      let seconds = now - began
      if isSaving {
        guard !trainer.isSaving else { return }
        saving.append((steps, seconds))
      } else {
        guard seconds >= min(60, max(5, saving.last?.seconds ?? 5)) else { return }
        alone.append((steps, seconds))
        if saving.count == rounds {
          windows = saving.enumerated().map { index, window in
            let around = [alone[index], alone[index + 1]]
            let rate = Double(around[0].steps + around[1].steps) / (around[0].seconds + around[1].seconds)
            return Window(
              seconds: window.seconds, rate: Double(window.steps * CheckpointSpeed.batch) / window.seconds,
              alone: rate * Double(CheckpointSpeed.batch))
          }
          throw Over()
        }
      }
      isSaving.toggle()
      (began, steps) = (Double(DispatchTime.now().uptimeNanoseconds) * 1e-9, 0)
      if isSaving { try trainer.saveStep() }
    }
  }

  /// Bytes a second, in GB, of one file that is written past the page cache and synced with nothing beside it.
  private static func diskRate(_ bytes: Int, _ path: String) throws -> Double {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var random = SystemRandomNumberGenerator()
    let piece = (0..<(1 << 20)).map { _ in random.next() }
    let began = DispatchTime.now().uptimeNanoseconds
    let file = try PartialFile(path, expecting: bytes)
    try piece.withUnsafeBytes { all in
      var left = bytes
      while left > 0 {
        try file.write(UnsafeRawBufferPointer(rebasing: all[..<min(left, all.count)]))
        left -= all.count
      }
    }
    try file.commit()
    return Double(bytes) / Double(DispatchTime.now().uptimeNanoseconds - began)
  }

  /// Batches of click-log shape without end: drawn beforehand, and so many that rows go on being touched for the first time.
  private final class Stream: FeatureBatches, FeatureBatchIterator {
    let space = FeatureSpace(
      dense: (0..<13).map { "I\($0)" },
      categorical: SparseIDs.criteoKaggle.enumerated().map { .init("C\($0)", rows: $1) })
    let batchSize = CheckpointSpeed.batch
    let rowsPerEpoch: Int? = nil
    let waitSeconds = 0.0
    let skippedRows = 0
    var between: () throws -> Void = {}
    private var batches: [(dense: Tensor, ids: Tensor, labels: Tensor)] = []
    private var position = 0

    init(seed: UInt64) throws {
      let generator = try Generator(seed: seed)
      batches = try (0..<512).map { _ in
        let columns = try SparseIDs.criteoKaggle.map {
          try SparseIDs.draw(CheckpointSpeed.batch, rows: $0, law: .zipf, generator: generator)
        }
        let dense = try Tensor.rand([CheckpointSpeed.batch, 13], generator: generator)
        let labels = try Tensor.rand([CheckpointSpeed.batch, 1], generator: generator).gt(0.75).to(dtype: .float32)
        return (dense, try Tensor.stack(columns, dim: 1), labels)
      }
    }

    func epoch(_ epoch: Int, startingAtBatch start: Int) throws -> any FeatureBatchIterator { self }

    func next() throws -> FeatureBatch? {
      try between()
      let (dense, ids, labels) = batches[position % batches.count]
      position += 1
      return FeatureBatch(
        dense: dense, sparse: try KeyedJaggedTensor(keys: space.categorical.map(\.name), columns: ids), labels: labels)
    }
  }
}
