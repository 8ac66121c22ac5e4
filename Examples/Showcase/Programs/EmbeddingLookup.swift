import Sparse
import Torch
import TorchNN

/// The lookup that large recommenders begin with: 1,024 ids, one a bag, in a table of 10,000,000 x 64.
///
/// Parameters: `embedding_bags.item.weight` `[rows, 64]`. Forward only, and without gradients: what serving does.
public final class EmbeddingLookup {
  public static let name = "EmbeddingLookup"
  public let collection: EmbeddingBagCollection
  /// Ids of a batch.
  public let batchSize: Int
  private let rows: Int
  private let device: Device

  public init(_ options: ShowcaseOptions = .init()) throws {
    rows = options.small ? 100 : 10_000_000
    batchSize = options.batchSize ?? (options.small ? 16 : 1024)
    device = options.device
    collection = try EmbeddingBagCollection(
      tables: [
        EmbeddingBagConfig(name: "item", numEmbeddings: rows, embeddingDim: options.small ? 8 : 64, pooling: .sum)
      ], device: device, generator: Generator(device: device, seed: options.seed))
  }

  /// Draws ids anywhere in the table.
  public func makeFeatures(_ generator: Generator) throws -> KeyedJaggedTensor {
    try features(ids: Tensor.randint(high: rows, shape: [batchSize], generator: generator))
  }

  /// - Parameter ids: `[B]`; bag `b` holds id `b`.
  public func features(ids: Tensor) throws -> KeyedJaggedTensor {
    try KeyedJaggedTensor(keys: ["item"], values: ids, offsets: Tensor.arange(0, ids.count + 1)).to(device: device)
  }

  /// - Returns: `[B, 64]`.
  public func forward(_ features: KeyedJaggedTensor) throws -> KeyedTensor {
    try noGrad { try collection(features) }
  }

  /// The median time of a forward pass in milliseconds, from the features to the output, which it allocates.
  ///
  /// Each pass gets ids of its own: rows that were looked up a moment ago would come out of the cache.
  public func medianMilliseconds(forwards: Int, generator: Generator) throws -> Double {
    let (warmUp, timed) = (100, max(1, forwards))
    let features = try (0..<warmUp + timed).map { _ in try makeFeatures(generator) }
    let clock = ContinuousClock()
    let times = try features.map { batch in
      try clock.measure {
        _ = try forward(batch)
        try Engine.synchronize(device)
      }
    }
    return times.dropFirst(warmUp).sorted()[timed / 2] / .milliseconds(1)
  }
}
