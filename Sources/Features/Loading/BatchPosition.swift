/// A place in the stream of batches, to be saved with a checkpoint: the next batch is number `batch` of epoch `epoch`.
public struct BatchPosition: Sendable, Codable, Equatable {
  public var epoch: Int
  public var batch: Int

  public init(epoch: Int, batch: Int) {
    self.epoch = epoch
    self.batch = batch
  }
}
